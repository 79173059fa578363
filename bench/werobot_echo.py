"""A peer: WeRoBot in safe mode, behind bottle on tornado, which answers anything. Run as a process by an interpreter that has it
installed: `python bench/werobot_echo.py PORT`."""

import logging
import sys
from pathlib import Path

import werobot  # type: ignore[import-not-found]
from werobot.contrib.tornado import make_handler  # type: ignore[import-not-found]

sys.path.append(str(Path(__file__).parent.parent))  # its interpreter knows nothing of us

from bench.wechat_account import AES_KEY, APP_ID, TOKEN


def main(port: int) -> None:
    """Serve until killed."""
    import tornado.ioloop  # type: ignore[import-not-found]
    import tornado.web  # type: ignore[import-not-found]

    logging.disable(logging.CRITICAL)
    robot = werobot.WeRoBot(token=TOKEN, app_id=APP_ID, encoding_aes_key=AES_KEY, enable_session=False)
    robot.handler(lambda message: f"You said: {message.content}")
    application = tornado.web.Application([(r"/wechat/oa", make_handler(robot))])
    application.listen(port, "127.0.0.1", backlog=4096)
    tornado.ioloop.IOLoop.current().start()


if __name__ == "__main__":
    main(int(sys.argv[1]))
