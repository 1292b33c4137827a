"""An embedded Zulip server: one realm, as the official client sees it.

It answers as a Zulip 9.2 does (feature level 278), which recorded exchanges with such a server and
its API description bear witness to in the tests. It leaves out what neither bot nor page asks for:
passwords and sessions, guests, invitations, presence, drafts, previews of links, push and e-mail.
Queues are lost at a restart, as after a crash. An edit limit ends on the second, without the 20
seconds of grace that a real server grants, so that nobody comes to rely on them.
"""

from sandbox.zulip.realm import Account, ZulipRealm

__all__ = ["Account", "ZulipRealm"]
