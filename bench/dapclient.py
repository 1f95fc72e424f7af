"""A small DAP client for the benchmarks: any adapter that talks on its standard streams."""
from __future__ import annotations

import json
import subprocess
import time
from typing import Any, Dict, List, Optional, Sequence, Tuple


class Dap:
    """One adapter process. Moves are timed from writing the request to reading the stop."""

    def __init__(self, command: Sequence[str]) -> None:
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self._seq = 0
        self.events: List[Dict[str, Any]] = []

    def __enter__(self) -> "Dap":
        return self

    def __exit__(self, *_exc: Any) -> None:
        try:
            self.request("disconnect", {"terminateDebuggee": True})
        except (EOFError, OSError, RuntimeError):
            pass
        self._process.stdin.close()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()

    def send(self, command: str, arguments: Optional[Dict[str, Any]] = None) -> int:
        """Sends a request; returns its number."""
        self._seq += 1
        message = {"seq": self._seq, "type": "request", "command": command, "arguments": arguments or {}}
        body = json.dumps(message).encode()
        self._process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        self._process.stdin.flush()
        return self._seq

    def read(self) -> Dict[str, Any]:
        """Reads one message. EOFError: the adapter has gone."""
        length = 0
        while True:
            line = self._process.stdout.readline()
            if not line:
                raise EOFError("the adapter has closed its output")
            if not line.strip():
                break
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        message: Dict[str, Any] = json.loads(self._process.stdout.read(length))
        if message["type"] == "event":
            self.events.append(message)
        return message

    def response(self, seq: int) -> Dict[str, Any]:
        """Waits for a response; events before it stay in `events`."""
        while True:
            message = self.read()
            if message["type"] == "response" and message["request_seq"] == seq:
                if not message["success"]:
                    raise RuntimeError("%s: %s" % (message["command"], message.get("message")))
                return message.get("body") or {}

    def request(self, command: str, arguments: Optional[Dict[str, Any]] = None) -> Dict[str, Any]:
        """Sends a request and waits for its response."""
        return self.response(self.send(command, arguments))

    def event(self, name: str) -> Dict[str, Any]:
        """Takes the oldest event of this name that nobody has taken yet, waiting for it if need be."""
        while True:
            for index, event in enumerate(self.events):
                if event["event"] == name:
                    del self.events[index]
                    return event.get("body") or {}
            self.read()

    def launch(self, arguments: Dict[str, Any], breakpoints: Dict[str, List[int]], filters: Sequence[str] = ()) -> Dict[str, Any]:
        """Starts a program, with breakpoints by file; returns the first stop."""
        self.request("initialize", {"adapterID": "fred", "linesStartAt1": True, "columnsStartAt1": True, "supportsProgressReporting": True})
        launched = self.send("launch", arguments)
        self.event("initialized")
        for path, lines in breakpoints.items():
            self.request("setBreakpoints", {"source": {"path": path}, "breakpoints": [{"line": line} for line in lines]})
        self.request("setExceptionBreakpoints", {"filters": list(filters)})
        done = self.send("configurationDone")
        answered = set()
        while len(answered) < 2:  # in any order
            message = self.read()
            if message["type"] == "response":
                if not message["success"]:
                    raise RuntimeError("%s: %s" % (message["command"], message.get("message")))
                answered.add(message["request_seq"])
        assert answered == {launched, done}, answered
        return self.event("stopped")

    def move(self, command: str, thread: int = 1, **more: Any) -> Tuple[Dict[str, Any], float]:
        """Moves; returns the stop and how long it took, in milliseconds."""
        started = time.perf_counter()
        self.send(command, {"threadId": thread, **more})
        stop = self.event("stopped")
        return stop, (time.perf_counter() - started) * 1e3
