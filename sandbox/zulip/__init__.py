"""An embedded Zulip server: one realm, as the official client sees it."""

from sandbox.zulip.realm import Account, ZulipRealm

__all__ = ["Account", "ZulipRealm"]
