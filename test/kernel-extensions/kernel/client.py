"""A Jupyter client for the tests: starts the kernel under test and talks to it."""

import os
import time
from queue import Empty

from jupyter_client import KernelManager

KERNEL = os.environ.get("ARL_TEST_KERNEL", "agentic-rl")
TIMEOUT = 30

#: Declared once per kernel by cells that use the bridge.
BRIDGE = 'var kernel = (globalThis as any)[Symbol.for("agentic-rl-lab.kernel")];'


class Result:
    """What came of a request: its reply's content and the iopub messages between busy and idle."""

    def __init__(self, reply, messages, seconds):
        self.reply = reply
        self.messages = messages
        self.seconds = seconds

    def of(self, msg_type):
        return [m["content"] for m in self.messages if m["msg_type"] == msg_type]

    def text(self, name="stdout"):
        return "".join(c["text"] for c in self.of("stream") if c["name"] == name)

    @property
    def value(self):
        results = self.of("execute_result")
        return results[0]["data"]["text/plain"] if results else None

    @property
    def types(self):
        return [m["msg_type"] for m in self.messages]


class Kernel:
    def __init__(self, env=None, cwd=None):
        self.km = KernelManager(kernel_name=KERNEL)
        self.km.start_kernel(env={**os.environ, **(env or {})}, cwd=cwd)
        self.kc = self.km.client()
        self.kc.start_channels()
        self.kc.wait_for_ready(timeout=60)
        self.pid = self.km.provisioner.pid

    def close(self):
        self.kc.stop_channels()
        self.km.shutdown_kernel(now=True)

    # Sending without waiting.

    def send(self, msg_type, content, channel="shell", header=None):
        message = self.kc.session.msg(msg_type, content)
        if header:
            message["header"].update(header)
        getattr(self.kc, channel + "_channel").send(message)
        return message["header"]["msg_id"]

    def execute(self, code, **content):
        return self.send(
            "execute_request",
            {
                "code": code,
                "silent": False,
                "store_history": True,
                "user_expressions": {},
                "allow_stdin": False,
                "stop_on_error": True,
                **content,
            },
        )

    def interrupt(self):
        return self.send("interrupt_request", {}, "control")

    # Waiting.

    def reply(self, msg_id, timeout=TIMEOUT, channel="shell"):
        deadline = time.monotonic() + timeout
        while True:
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError(f"no reply on {channel} within {timeout} s")
            try:
                message = getattr(self.kc, f"get_{channel}_msg")(timeout=left)
            except Empty:
                raise TimeoutError(f"no reply on {channel} within {timeout} s") from None
            if message["parent_header"].get("msg_id") == msg_id:
                return message["content"]

    def iopub(self, timeout=TIMEOUT):
        """The next message on iopub."""
        try:
            return self.kc.get_iopub_msg(timeout=timeout)
        except Empty:
            raise TimeoutError(f"nothing on iopub within {timeout} s") from None

    def until(self, accept, timeout=TIMEOUT):
        """All iopub messages up to and including the first one that `accept` takes."""
        messages = []
        deadline = time.monotonic() + timeout
        while True:
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError(f"not seen on iopub within {timeout} s")
            messages.append(self.iopub(left))
            if accept(messages[-1]):
                return messages

    def wait(self, msg_id, timeout=TIMEOUT):
        """Result of a request sent before."""
        start = time.monotonic()
        mine = [
            m
            for m in self.until(lambda m: is_status(m, "idle", msg_id), timeout)
            if m["parent_header"].get("msg_id") == msg_id
        ]
        reply = self.reply(msg_id, timeout)
        return Result(reply, mine, time.monotonic() - start)

    def run(self, code, timeout=TIMEOUT, **content):
        return self.wait(self.execute(code, **content), timeout)

    def ok(self, code, timeout=TIMEOUT, **content):
        """Runs a cell that must succeed."""
        result = self.run(code, timeout, **content)
        assert result.reply["status"] == "ok", result.reply
        return result

    def ask(self, msg_type, content, channel="shell"):
        return self.reply(self.send(msg_type, content, channel), channel=channel)


def is_status(message, state, msg_id=None):
    return (
        message["msg_type"] == "status"
        and message["content"]["execution_state"] == state
        and (msg_id is None or message["parent_header"].get("msg_id") == msg_id)
    )
