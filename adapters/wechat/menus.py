"""Whether an account may send menus to tap: only a verified 服务号 may, and the platform says so when the first one is sent (40200)."""

import logging

from adapters.shared.wechat.pushes import Notebook
from gateway.core.errors import FrontdeskError

log = logging.getLogger(__name__)

NO = "no"


class Menus:
    """Remembers across restarts that the platform does not take menus of this account."""

    def __init__(self, channel: str, app_id: str, notebook: Notebook, *, are_on: bool) -> None:
        self._page = f"wechat/{channel}/{app_id}/menus"
        self._notebook = notebook
        self._are_on = are_on
        self._is_read = False

    @property
    def are_on(self) -> bool:
        """Whether menus are sent, as far as is known yet."""
        return self._are_on

    async def may_be_sent(self) -> bool:
        """Whether menus are sent; what was noted before this start is read once."""
        if self._are_on and not self._is_read:
            try:
                self._are_on = await self._notebook.notebook(self._page) != NO
                self._is_read = True
            except (FrontdeskError, OSError):
                log.warning("the notebook can't be read; a menu is tried")
        return self._are_on

    async def refused(self) -> None:
        """From now on numbers."""
        self._are_on = False
        log.warning("this account may not send menus; choices are numbered from now on", extra={"page": self._page})
        try:
            await self._notebook.note_down(self._page, NO)
        except (FrontdeskError, OSError):
            log.warning("the notebook can't be written; after a restart a menu is tried again")
