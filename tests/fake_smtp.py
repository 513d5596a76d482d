"""A mail server of our own: real TCP, one conversation a thread, and any answer to any word on command."""

import socket
import threading
from time import monotonic
from types import TracebackType
from typing import Any, Self


class FakeSmtp:
    """Takes letters on a free port of this machine.

    answers: what to say instead of the usual, by word of the protocol: greeting, EHLO, AUTH, MAIL, RCPT, DATA, dot.
    An answer of "" hangs up, "..." says nothing more, "slow" says a byte at a time.
    """

    def __init__(self, **answers: str) -> None:
        self.letters: list[tuple[str, str, bytes]] = []
        self.at: list[float] = []
        self.logins: list[str] = []
        self._answers = {word.upper(): answer for word, answer in answers.items()}
        self._closed = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.url = f"smtp://127.0.0.1:{self.port}"
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._closed.set()
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                conversation, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._converse, args=(conversation,), daemon=True).start()

    def _converse(self, conversation: socket.socket) -> None:
        try:
            with conversation, conversation.makefile("rb") as reader:
                if self._say(conversation, "GREETING", "220 fake"):
                    self._listen(conversation, reader)
        except OSError:
            pass

    def _listen(self, conversation: socket.socket, reader: Any) -> None:
        sender = recipient = ""
        usual = {"EHLO": "250-fake\r\n250 AUTH PLAIN", "AUTH": "235 ok", "DATA": "354 go on", "QUIT": "221 bye"}
        while line := reader.readline().decode().strip():
            word = line.split()[0].upper()
            sender = line if word == "MAIL" else sender
            recipient = line if word == "RCPT" else recipient
            self.logins += [line] if word == "AUTH" else []
            if not self._say(conversation, word, usual.get(word, "250 ok")) or word == "QUIT":
                return
            if word == "DATA" and "DATA" not in self._answers:
                content = b""
                while (part := reader.readline()) not in (b".\r\n", b""):
                    content += part[1:] if part.startswith(b".") else part
                if part == b"":
                    return
                self.letters.append((sender, recipient, content))
                self.at.append(monotonic())
                if not self._say(conversation, "DOT", "250 2.0.0 queued as AB12"):
                    return

    def _say(self, conversation: socket.socket, word: str, usual: str) -> bool:
        """Answer one word; False where the conversation ends with it."""
        answer = self._answers.get(word, usual)
        if answer == "...":
            self._closed.wait(60)
        if answer == "slow":
            for letter in usual.encode() * 40:
                conversation.sendall(bytes([letter]))
                if self._closed.wait(0.05):
                    break
        if answer in ("", "...", "slow"):
            return False
        conversation.sendall(answer.encode() + b"\r\n")
        return True
