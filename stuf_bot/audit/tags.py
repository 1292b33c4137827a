"""What can be done, as `source:subject:action`, and how people read it."""

from enum import StrEnum
from typing import Self


class Tag(StrEnum):
    """What was done. `words` go on after the person's name: '@Tess showed a STUF'."""

    words: str

    def __new__(cls, value: str, words: str = "") -> Self:
        """A tag and its words."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.words = words or value
        return member

    HELP_SHOWN = "chat:help:shown", "read the help"
    ROLES_SHOWN = "chat:role:shown", "asked for their roles"
    FLEET_LISTED = "chat:fleet:listed", "listed the STUFs"
    STATUS_SHOWN = "chat:stuf:shown", "looked at the STUF"
    STUF_ASKED = "chat:stuf:asked", "asked for a new STUF"
    PLAN_SHOWN = "chat:plan:shown", "was shown a plan"
    PLAN_ANSWERED = "chat:plan:answered", "answered a plan"
    PLAN_CONFIRMED = "chat:plan:confirmed", "confirmed a plan"
    PLAN_APPROVED = "chat:plan:approved", "approved somebody's plan"
    PLAN_CANCELLED = "chat:plan:cancelled", "withdrew a plan"
    PLAN_EXPIRED = "chat:plan:expired", "let a plan expire"
    FORM_BEGUN = "chat:form:begun", "began a form"
    FORM_RESUMED = "chat:form:resumed", "went on with a form"
    FORMS_LISTED = "chat:form:listed", "listed the open forms"
    FORM_LEFT = "chat:form:left", "left a form"
    FORM_EXPIRED = "chat:form:expired", "let a form expire"
    ARCHITECTS_LISTED = "chat:architect:listed", "listed the TAs"
    ARCHITECTS_ASKED = "chat:architect:asked", "asked for a change of the TAs"
    ARCHITECT_ADDED = "chat:architect:added", "made somebody a TA"
    ARCHITECT_REMOVED = "chat:architect:removed", "ended somebody's being a TA"
    RELAYS_SHOWN = "chat:relay:asked", "asked for or changed what is told of outside events"
    RELAYS_CHANGED = "chat:relay:changed", "changed what is told of outside events"
    RELAY_EXPLAINED = "chat:relay:explained", "asked why something was told"
    RELAY_MUTED = "chat:relay:muted", "asked how to mute what was told"
    ACCOUNTS_ASKED = "chat:account:asked", "asked for or changed whose account it is"
    ACCOUNT_CHANGED = "chat:account:changed", "changed whose account it is"
    TEST_STARTED = "chat:test:started", "asked for a test"
    OPERATION_RETRIED = "chat:operation:retried", "asked for another attempt"
    REMOVAL_ASKED = "chat:removal:asked", "asked for the removal"
    COMMAND_REFUSED = "chat:command:refused", "was refused"
    COMMAND_FAILED = "chat:command:failed", "met a fault of mine"
    CODE_SHOWN = "chat:code:shown", "looked at their enrolment for one-time codes"
    CODE_ENROLLED = "chat:code:enrolled", "asked for a key for one-time codes"
    CODE_VERIFIED = "chat:code:verified", "sent the first code of their key"
    CODE_RESET = "chat:code:reset", "reset somebody's one-time codes"
    CODE_REFUSED = "chat:code:refused", "sent a code that was not taken"
    APPROVALS_LISTED = "chat:approval:listed", "listed the plans that wait"
    DELIVERIES_LISTED = "chat:delivery:listed", "looked at webhooks"
    DELIVERY_AGAIN = "chat:delivery:replayed", "asked to handle a webhook again"
    DEPLOYMENTS_LISTED = "chat:deployment:listed", "listed the deployments"
    AUDIT_SHOWN = "chat:audit:shown", "read the audit log"
    ISSUES_LISTED = "chat:issue:listed", "listed the errors"
    ISSUE_DRAWN = "chat:issue:drawn", "asked for the picture of an error"
    ISSUE_COMMENTED = "chat:issue:commented", "commented on an error in Sentry"
    ISSUE_ASSIGNED = "chat:issue:assigned", "asked Sentry to assign an error"
    ISSUE_RESOLVED = "chat:issue:resolved", "asked Sentry to resolve an error"
    ISSUE_REOPENED = "chat:issue:reopened", "asked Sentry to reopen an error"
    ISSUE_ARCHIVED = "chat:issue:archived", "asked Sentry to archive an error"
    TRENDS_SHOWN = "chat:trend:shown", "looked at the trends of the STUF"
    THRESHOLD_SET = "chat:trend:set", "set from when on a trend is told"
    FALSE_ALARM = "chat:trend:marked", "marked an alarm about a trend as false"
    ISSUE_RANKED = "chat:issue:ranked", "asked Sentry for another priority of an error"
    ISSUES_CHANGED = "chat:issues:changed", "asked Sentry to change several errors"

    OPERATION_BEGUN = "engine:operation:begun", "began an operation"
    STEP_ENDED = "engine:step:ended", "a step of the operation ended"
    OPERATION_ENDED = "engine:operation:ended", "the operation ended"

    EVENT_FAILED = "bot:event:failed", "what the bot heard could not be handled"
    UPLOAD_ANNOUNCED = "stuf:upload:announced", "an upload was announced"
    DELIVERY_ACCEPTED = "hook:delivery:accepted", "a webhook was accepted"
    DELIVERY_REFUSED = "hook:delivery:refused", "a webhook was refused"
    DELIVERY_REPEATED = "hook:delivery:repeated", "a webhook was heard again"
    DELIVERY_REPLAYED = "hook:delivery:replayed", "a webhook was handled again"
    DELIVERY_FETCHED = "hook:delivery:fetched", "what no webhook told was found"

    ROLES_READ = "zulip:role:read", "the roles were read for the first time"
    ROLE_CHANGED = "zulip:role:changed", "people got or lost a role"
    SETTINGS_READ = "config:settings:read", "the settings were read for the first time"
    SETTINGS_CHANGED = "config:settings:changed", "the settings were changed"
    BOT_STARTED = "bot:process:started", "the bot started"
    BOT_STOPPED = "bot:process:stopped", "the bot stopped"
    HEAD_RESTORED = "audit:head:restored", "the head of the audit log was missing"
