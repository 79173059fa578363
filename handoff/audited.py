"""What the audit log speaks of: every action that leaves an event in it, one list for those who write them and those who show them."""

from enum import StrEnum


class Action(StrEnum):
    """The codes of audit events. The desk's page has words for each: `desk.audit.CODE`."""

    LOGIN = "login"
    LOGIN_FAILED = "login_failed"
    LOGOUT = "logout"
    STATUS = "status"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 - a code, no password
    PASSWORD_SET = "password_set"  # noqa: S105 - a code, no password
    AGENT_ADDED = "agent_added"
    AGENT_CHANGED = "agent_changed"
    AGENT_DISABLED = "agent_disabled"
    AGENT_ENABLED = "agent_enabled"
    AGENT_GONE = "agent_gone"
    HOURS_CHANGED = "hours_changed"
    HOURS_RESET = "hours_reset"
    CANNED_REPLY_ADDED = "canned_reply_added"
    CANNED_REPLY_CHANGED = "canned_reply_changed"
    CANNED_REPLY_DROPPED = "canned_reply_dropped"
    SESSION_ACCEPTED = "session_accepted"
    SESSION_REJECTED = "session_rejected"
    SESSION_REPLY = "session_reply"
    SESSION_NOTE = "session_note"
    SESSION_TRANSFERRED = "session_transferred"
    SESSION_RETURNED = "session_returned"
    SESSION_HELD = "session_held"
    SESSION_RESUMED = "session_resumed"
    SESSION_CLOSED = "session_closed"
    SESSION_REQUEUED = "session_requeued"
    CASE_TAKEN = "case_taken"
    CASE_RESOLVED = "case_resolved"
    DEAD_LETTER_ASKED = "dead_letter_asked"
    DEAD_LETTER_REPLAYED = "dead_letter_replayed"
    DEAD_LETTER_DROPPED = "dead_letter_dropped"
