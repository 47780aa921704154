"""A real SMTP server in its own process: writes the Message-ID of every mail it accepts, then says so."""

import asyncio
import sys
from pathlib import Path

from aiosmtpd.controller import UnthreadedController


class Keeper:
    """Writes before it answers, so that what it accepted is known whatever dies."""

    def __init__(self, file: Path) -> None:
        self.file = file.open("ab", buffering=0)

    async def handle_DATA(self, server, session, envelope) -> str:  # noqa: N802, ANN001
        head = envelope.content.partition(b"\r\n\r\n")[0]
        line = next(line for line in head.split(b"\r\n") if line.lower().startswith(b"message-id:"))
        self.file.write(line.partition(b":")[2].strip() + b"\n")
        return "250 OK"


def main(port: int, file: Path) -> None:
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    controller = UnthreadedController(Keeper(file), hostname="127.0.0.1", port=port, loop=loop)
    controller.begin()
    loop.run_forever()


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
