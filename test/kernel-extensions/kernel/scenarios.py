"""Scenarios that other TypeScript kernels failed, driven by a real Jupyter client.

    python3 scenarios.py --list            the names, one a line
    python3 scenarios.py [NAME ...]        runs them, one JSON line each

A scenario is a function that takes a `Kernel` and asserts. They share one kernel; those marked
`@fresh` get one of their own.
"""

import json
import os
import signal
import subprocess
import sys
import time
import traceback

from jupyter_client import BlockingKernelClient

import client
import language_faults
from client import BRIDGE, Kernel, is_status

SCENARIOS = {}


def scenario(function):
    SCENARIOS[function.__name__] = (function, None)
    return function


def fresh(**env):
    def register(function):
        SCENARIOS[function.__name__] = (function, env)
        return function

    return register


def same(actual, expected):
    assert actual == expected, f"expected {expected!r}, got {actual!r}"


# The shape of the conversation.


@scenario
def replies_have_a_status(k):
    code = {"code": "1", "cursor_pos": 1}
    same(k.ask("kernel_info_request", {})["status"], "ok")
    same(k.ask("complete_request", code)["status"], "ok")
    same(k.ask("inspect_request", {**code, "detail_level": 1})["status"], "ok")
    same(k.ask("is_complete_request", {"code": "1"})["status"], "complete")
    same(k.ask("history_request", {"hist_access_type": "tail", "output": False, "raw": True})["status"], "ok")
    same(k.ask("comm_info_request", {}), {"status": "ok", "comms": {}})
    same(k.ask("interrupt_request", {}, "control"), {"status": "ok"})
    same(k.ask("kernel_info_request", {}, "control")["status"], "ok")


@scenario
def reply_types_follow_requests(k):
    msg_id = k.send("comm_info_request", {"target_name": "x"})
    message = k.kc.get_shell_msg(timeout=10)
    same(message["parent_header"]["msg_id"], msg_id)
    same(message["msg_type"], "comm_info_reply")


@scenario
def headers_are_complete(k):
    msg_id = k.execute("console.log(1); 2")
    messages = k.until(lambda m: is_status(m, "idle", msg_id))
    reply = k.kc.get_shell_msg(timeout=10)
    for message in [*messages, reply]:
        header = message["header"]
        for field in ["msg_id", "session", "username", "msg_type", "version"]:
            assert isinstance(header[field], str) and header[field], (field, header)
        assert header["date"].tzinfo is not None, header
        same(header["version"], "5.4")
    same(len({m["header"]["msg_id"] for m in messages}), len(messages))


@scenario
def a_cell_goes_busy_input_output_result_idle(k):
    result = k.ok('console.log("a"); console.error("b"); 40 + 2')
    same(result.types, ["status", "execute_input", "stream", "stream", "execute_result", "status"])
    same(result.of("execute_input")[0]["code"], 'console.log("a"); console.error("b"); 40 + 2')
    same(result.value, "42")
    same(result.text(), "a\n")
    same(result.text("stderr"), "b\n")
    same(result.of("execute_result")[0]["execution_count"], result.reply["execution_count"])


@scenario
def errors_carry_name_value_and_traceback(k):
    result = k.run('console.log("before"); throw new RangeError("too far")')
    same(result.reply["status"], "error")
    (error,) = result.of("error")
    for content in [error, result.reply]:
        same(content["ename"], "RangeError")
        same(content["evalue"], "too far")
        assert content["traceback"] and all(isinstance(line, str) for line in content["traceback"])
    same(result.types[-3:], ["stream", "error", "status"])


@scenario
def wrong_types_are_refused_in_words(k):
    reply = k.ask("execute_request", {"code": 7})
    same(
        reply,
        {
            "status": "error",
            "ename": "InvalidRequest",
            "evalue": 'execute_request: "code" must be a string, got number',
            "traceback": [],
        },
    )
    same(k.ask("complete_request", {"cursor_pos": 1})["evalue"], 'complete_request: "code" is missing')
    same(k.ask("history_request", {"hist_access_type": "all"})["ename"], "InvalidRequest")
    same(k.ok("1 + 1").value, "2")


@scenario
def unknown_messages_do_no_harm(k):
    k.send("no_such_request", {})
    k.send("nonsense", {"a": 1}, "control")
    same(k.ok("1 + 1").value, "2")


@scenario
def wrong_signatures_are_ignored(k):
    from jupyter_client.session import Session

    forger = Session(key=b"not the key")
    message = forger.msg("execute_request", {"code": 'globalThis["forged"] = 1'})
    forger.send(k.kc.shell_channel.socket, message)
    same(k.ok('"forged" in globalThis').value, "false")


# Counting, history, silence.


@scenario
def silent_cells_are_silent(k):
    before = k.ok("1").reply["execution_count"]
    result = k.run('console.log("noise"); 5', silent=True)
    same(result.types, ["status", "status"])
    same(result.reply["status"], "ok")
    failed = k.run('throw new Error("quiet")', silent=True)
    same(failed.types, ["status", "status"])
    same(failed.reply["status"], "error")
    same(k.ok("1").reply["execution_count"], before + 1)


@scenario
def store_history_false_leaves_no_trace(k):
    before = k.ok('"counted"').reply["execution_count"]
    result = k.ok('"not counted"', store_history=False)
    same(result.value, "'not counted'")
    same(result.reply["execution_count"], before)
    tail = k.ask("history_request", {"hist_access_type": "tail", "n": 1, "output": False, "raw": True})
    same(tail["history"], [[1, before, '"counted"']])


@scenario
def history_by_tail_range_and_search(k):
    codes = ['"h1"', '"h2"', '"h1"', 'console.log("h3")']
    lines = [k.ok(code).reply["execution_count"] for code in codes]

    def history(**content):
        return k.ask("history_request", {"output": False, "raw": True, **content})["history"]

    same(history(hist_access_type="tail", n=4), [[1, line, code] for line, code in zip(lines, codes)])
    same(
        history(hist_access_type="tail", n=2, output=True),
        [[1, lines[2], ['"h1"', "'h1'"]], [1, lines[3], ['console.log("h3")', None]]],
    )
    same(history(hist_access_type="range", session=0, start=lines[1], stop=lines[2]), [[1, lines[1], '"h2"']])
    same([h[1] for h in history(hist_access_type="search", pattern='"h?"')], lines[:3])
    same([h[1] for h in history(hist_access_type="search", pattern='"h*', unique=True)], lines[1:3])
    same([h[1] for h in history(hist_access_type="search", pattern='"h[1]"', n=1)], lines[2:3])


@scenario
def user_expressions_are_evaluated(k):
    result = k.ok("const ue = 20;", user_expressions={"sum": "ue + 1", "bad": "throwing()", "promise": "Promise.resolve(3)"})
    expressions = result.reply["user_expressions"]
    same(expressions["sum"]["status"], "ok")
    same(expressions["sum"]["data"]["text/plain"], "21")
    same(expressions["bad"]["status"], "error")
    assert expressions["bad"]["ename"] and isinstance(expressions["bad"]["traceback"], list)
    same(expressions["promise"]["data"]["text/plain"], "3")


# Cells behind a failed one.


@scenario
def cells_queued_behind_an_error_are_aborted(k):
    first = k.execute('await new Promise((r) => setTimeout(r, 200)); throw new Error("stop here")')
    queued = [k.execute(f"globalThis.name_{i} = 1") for i in range(5)]
    info = k.send("kernel_info_request", {})
    replies = {}
    while len(replies) < 7:
        message = k.kc.get_shell_msg(timeout=10)
        replies[message["parent_header"]["msg_id"]] = message["content"]
    same(replies[first]["status"], "error")
    same([replies[q]["status"] for q in queued], ["aborted"] * 5)
    same(replies[info]["status"], "ok")
    for q in queued:
        k.until(lambda m: is_status(m, "idle", q))
    same(k.ok("2 + 2").value, "4")


@scenario
def a_cell_sent_on_the_error_reply_runs(k):
    for _ in range(20):
        k.reply(k.execute('throw new Error("x")'))
        same(k.reply(k.execute("1"))["status"], "ok")


@scenario
def stop_on_error_false_lets_the_queue_run(k):
    first = k.execute('throw new Error("x")', stop_on_error=False)
    second = k.execute("3 + 3")
    same(k.reply(first)["status"], "error")
    same(k.reply(second)["status"], "ok")


@scenario
def cells_run_in_order(k):
    ids = [k.execute(f"await new Promise((r) => setTimeout(r, {10 * (5 - i)})); console.log({i})") for i in range(5)]
    same([k.wait(i).text() for i in ids], [f"{i}\n" for i in range(5)])


# Interrupts.


def interrupted_within(k, code, seconds, wait=0.4):
    msg_id = k.execute(code)
    k.until(lambda m: m["msg_type"] == "execute_input")
    time.sleep(wait)
    start = time.monotonic()
    same(k.reply(k.interrupt(), 2, "control"), {"status": "ok"})
    result = k.wait(msg_id, seconds + 2)
    took = time.monotonic() - start
    assert took < seconds, f"took {took:.2f} s"
    same(result.reply["status"], "error")
    same(result.reply["ename"], "Interrupted")
    same(k.ok("1 + 1").value, "2")
    return result


@scenario
def interrupt_a_waiting_cell(k):
    interrupted_within(k, "await new Promise((r) => setTimeout(r, 60_000))", 0.8)


@scenario
def interrupt_a_synchronous_loop(k):
    interrupted_within(k, "while (true) {}", 3)


@scenario
def interrupt_a_loop_after_await(k):
    interrupted_within(k, "await 0; while (true) {}", 3)


@scenario
def interrupt_a_microtask_loop(k):
    interrupted_within(k, "for (;;) await null", 3)


@scenario
def interrupt_a_printing_loop(k):
    interrupted_within(k, 'while (true) console.log("x")', 4, 0.2)


@scenario
def interrupt_a_loop_in_a_timer_of_the_cell(k):
    interrupted_within(k, "await new Promise(() => { setTimeout(() => { while (true) {} }, 10) })", 3)


@scenario
def interrupt_loops_in_callbacks_after_the_cell(k):
    loops = {
        "timer": "setTimeout(() => { while (true) {} }, 10);",
        "interval": "setInterval(() => { while (true) {} }, 10);",
        "immediate": "setImmediate(() => { while (true) {} }); setImmediate(() => {});",
        "second immediate": "setImmediate(() => {}); setImmediate(() => { while (true) {} }); setImmediate(() => {});",
        "third immediate": "setTimeout(() => { setImmediate(() => {}); setImmediate(() => {}); setImmediate(() => { while (true) {} }) }, 5);",
        "tick": "setTimeout(() => process.nextTick(() => { while (true) {} }), 5);",
        "microtask": "setTimeout(() => { void Promise.resolve().then(() => { while (true) {} }) }, 5);",
        "queueMicrotask": "setTimeout(() => queueMicrotask(() => { while (true) {} }), 5);",
        "file": 'import fs from "node:fs"; fs.readFile("/dev/null", () => { while (true) {} });',
        "sleep": "setTimeout(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0), 5);",
        "regexp": 'setTimeout(() => /^(a+)+$/.test("a".repeat(50) + "b"), 5);',
    }
    for name, code in loops.items():
        k.execute(code)
        time.sleep(0.3)
        msg_id = k.execute(f'"{name}"')
        time.sleep(0.2)
        k.interrupt()
        reply = k.wait(msg_id, 6).reply
        assert reply["status"] in ("ok", "error", "aborted"), (name, reply)
        # What Node queues must still work.
        alive = (
            "await new Promise((r) => setImmediate(r)); await new Promise((r) => setTimeout(r, 1));"
            "await new Promise<void>((r) => process.nextTick(r)); 3"
        )
        same(k.ok(alive).value, "3")
    # None of it may leave the event loop spinning.
    before = cpu_seconds(k.pid)
    time.sleep(1)
    assert cpu_seconds(k.pid) - before < 0.5, "the idle kernel burns CPU"


def cpu_seconds(pid):
    fields = open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@scenario
def interrupt_a_synchronous_child(k):
    code = 'import { execSync as es } from "node:child_process"; es("sleep 60", { stdio: "inherit" })'
    msg_id = k.execute(code)
    time.sleep(0.6)
    k.interrupt()
    same(k.wait(msg_id, 8).reply["status"], "error")
    same(k.ok("1 + 1").value, "2")


@scenario
def interrupt_aborts_the_queue(k):
    first = k.execute("while (true) {}")
    queued = [k.execute("1") for _ in range(3)]
    time.sleep(0.3)
    k.interrupt()
    same(k.reply(first, 6)["status"], "error")
    same([k.reply(q)["status"] for q in queued], ["aborted"] * 3)
    same(k.ok("1 + 1").value, "2")


@scenario
def interrupting_again_and_again(k):
    msg_id = k.execute("for (;;) { try { while (true) {} } catch {} }")
    for _ in range(10):
        time.sleep(0.1)
        k.interrupt()
    same(k.wait(msg_id, 6).reply["status"], "error")
    for _ in range(3):
        k.interrupt()
    same(k.ok("1 + 1").value, "2")


@scenario
def interrupt_a_cell_that_swallows_it(k):
    code = "for (;;) { try { await new Promise((r) => setTimeout(r, 5000)) } catch {} while (true) {} }"
    interrupted_within(k, code, 6)


@fresh()
def interrupt_an_endless_display_loop(k):
    msg_id = k.execute(BRIDGE + 'for (let i = 0; ; i++) kernel.display({ "text/plain": "x".repeat(500) })')
    k.until(lambda m: m["msg_type"] == "execute_input")
    time.sleep(2)
    k.interrupt()
    # This client is slower than the kernel: iopub will take it a while.
    same(k.reply(msg_id, 4)["ename"], "Interrupted")
    same(k.reply(k.execute("1 + 1"))["status"], "ok")


@fresh(ARL_OUTPUT_LIMIT_MB="16")
def an_endless_display_loop_ends_by_itself(k):
    msg_id = k.execute(BRIDGE + 'for (let i = 0; ; i++) kernel.display({ "text/plain": "x".repeat(5000) })')
    reply = k.reply(msg_id, 60)
    same(reply["ename"], "RangeError")
    assert "128 MB" in reply["evalue"] and "ARL_OUTPUT_LIMIT_MB" in reply["evalue"], reply["evalue"]


@scenario
def interrupt_a_long_native_call(k):
    msg_id = k.execute(
        'import { pbkdf2Sync } from "node:crypto"; pbkdf2Sync("a", "b", 4_000_000, 64, "sha512"); "survived"'
    )
    time.sleep(0.3)
    k.interrupt()
    for _ in range(12):  # It cannot be stopped, but the kernel stays in reach.
        start = time.monotonic()
        same(k.ask("kernel_info_request", {}, "control")["status"], "ok")
        assert time.monotonic() - start < 0.5
        time.sleep(0.1)
    same(k.wait(msg_id, 30).reply["ename"], "Interrupted")
    same(k.ok("1 + 1").value, "2")


@scenario
def interrupts_leave_no_stray_errors(k):
    code = "void (async () => { await new Promise(() => {}) })(); await new Promise(() => {})"
    result = interrupted_within(k, code, 2)
    same(result.text("stderr"), "")
    time.sleep(0.1)
    same(k.ok("1").text("stderr"), "")


@scenario
def sigint_interrupts_too(k):
    msg_id = k.execute("await new Promise((r) => setTimeout(r, 60_000))")
    time.sleep(0.3)
    os.kill(k.pid, signal.SIGINT)
    same(k.wait(msg_id, 3).reply["ename"], "Interrupted")


@scenario
def heartbeat_and_kernel_info_while_blocked(k):
    msg_id = k.execute("{ const end = Date.now() + 1500; while (Date.now() < end); }")
    time.sleep(0.2)
    start = time.monotonic()
    same(k.ask("kernel_info_request", {}, "control")["status"], "ok")
    same(k.ask("kernel_info_request", {})["status"], "ok")
    assert time.monotonic() - start < 0.5
    assert k.kc.hb_channel.is_beating()
    statuses = [m for m in k.until(lambda m: is_status(m, "idle", msg_id)) if m["msg_type"] == "status"]
    # Whatever else was answered meanwhile: the last status before the end is the cell's "busy".
    same(statuses[-2]["content"]["execution_state"], "busy")
    same(statuses[-2]["parent_header"]["msg_id"], msg_id)


# Output.


@scenario
def two_hundred_thousand_lines(k):
    result = k.ok('for (let i = 0; i < 200_000; i++) console.log("line", i)', 60)
    same(result.text().count("\n"), 200_000)
    assert result.text().endswith("line 199999\n")
    assert len(result.of("stream")) < 2000, len(result.of("stream"))
    assert result.seconds < 20, result.seconds


@scenario
def twenty_megabytes_at_once(k):
    result = k.ok('process.stdout.write("é".repeat(10_000_000))', 60)
    same(len(result.text()), 10_000_000)


@scenario
def a_blocked_cell_prints_as_it_runs(k):
    msg_id = k.execute(
        "{ const start = Date.now(); for (let i = 0; i < 4; i++) { console.log(i); while (Date.now() < start + 300 * (i + 1)); } }"
    )
    messages = [m for m in k.until(lambda m: is_status(m, "idle", msg_id)) if m["parent_header"]["msg_id"] == msg_id]
    end = messages[-1]["header"]["date"]
    ages = [(end - m["header"]["date"]).total_seconds() for m in messages if m["msg_type"] == "stream"]
    assert len(ages) >= 3 and ages[0] > 0.5, ages


@scenario
def streams_keep_their_order(k):
    result = k.ok(
        BRIDGE + 'console.log("1"); console.error("2"); console.log("3");'
        'kernel.display({ "text/plain": "4" }); console.log("5"); 6'
    )
    shown = []
    for message in result.messages:
        content = message["content"]
        if message["msg_type"] == "stream":
            shown.append(content["text"].strip())
        elif "data" in content:
            shown.append(content["data"]["text/plain"])
    same(shown, ["1", "2", "3", "4", "5", "6"])


@scenario
def write_calls_back_and_takes_bytes(k):
    code = """
    await new Promise<void>((resolve) => process.stdout.write("a", () => resolve()));
    await new Promise<void>((resolve) => process.stdout.write("Yg==", "base64", () => resolve()));
    const euro = new TextEncoder().encode("€");
    process.stdout.write(euro.subarray(0, 1)); process.stdout.write(euro.subarray(1));
    import { Readable as R1 } from "node:stream";
    await new Promise<void>((resolve) => R1.from(["p", "q"]).on("end", () => resolve()).pipe(process.stdout));
    process.stdout.end("z");
    console.log(process.stdout.write("!"));
    import { writeSync as ws } from "node:fs";
    ws(2, "fd");
    """
    result = k.ok(code)
    same(result.text(), "ab€pqz!true\n")
    same(result.text("stderr"), "fd")


@scenario
def half_surrogates_reach_the_client(k):
    result = k.ok('console.log("\\ud83d x \\\\ud83d"); "\\udc00"')
    same(result.text(), "\ufffd x \\ud83d\n")


@scenario
def late_output_goes_to_the_last_cell(k):
    first = k.execute('setTimeout(() => console.log("late"), 300)')
    k.until(lambda m: is_status(m, "idle", first))
    message = k.until(lambda m: m["msg_type"] == "stream", 5)[-1]
    same(message["content"]["text"], "late\n")
    same(message["parent_header"]["msg_id"], first)
    k.reply(first)


@fresh(ARL_OUTPUT_LIMIT_MB="1")
def too_much_output_is_cut(k):
    result = k.ok('for (let i = 0; i < 300_000; i++) console.log("0123456789")', 60)
    same(len(result.text()), 1024 * 1024)
    notice = result.text("stderr")
    assert "1 MB" in notice and "ARL_OUTPUT_LIMIT_MB=4" in notice, notice
    same(notice.count("Output cut"), 1)
    same(k.ok('console.log("again")').text(), "again\n")
    child = k.ok(
        'import { execSync as ex } from "node:child_process"; ex("head -c 3000000 /dev/zero | tr \'\\\\0\' x", { stdio: "inherit" })'
    )
    same(len(child.text()), 1024 * 1024)
    assert "Output cut" in child.text("stderr")


@fresh(NODE_OPTIONS="--max-old-space-size=512")
def endless_printing_is_bounded(k):
    msg_id = k.execute('while (true) console.log("x".repeat(100))')
    time.sleep(8)
    k.interrupt()
    result = k.wait(msg_id, 30)
    same(result.reply["ename"], "Interrupted")
    assert "Output cut" in result.text("stderr")
    rss = int(open(f"/proc/{k.pid}/statm").read().split()[1]) * 4096
    assert rss < 1.2e9, rss


@scenario
def clear_output_messages(k):
    same(k.ok("console.clear()").of("clear_output"), [{"wait": False}])
    same(k.ok(BRIDGE + "kernel.clearOutput(true)").of("clear_output"), [{"wait": True}])


@scenario
def display_and_update(k):
    result = k.ok(
        BRIDGE + 'kernel.display({ "text/html": "<b>1</b>", "application/json": { a: [1] } }, { displayId: "d1", metadata: { m: 1 } });'
        'kernel.display({ "text/html": "<b>2</b>" }, { displayId: "d1", update: true });'
    )
    same(
        result.of("display_data"),
        [
            {
                "data": {"text/html": "<b>1</b>", "application/json": {"a": [1]}},
                "metadata": {"m": 1},
                "transient": {"display_id": "d1"},
            }
        ],
    )
    same(result.of("update_display_data")[0]["transient"], {"display_id": "d1"})


@scenario
def displaying_what_is_no_json_fails_in_the_cell(k):
    result = k.run(BRIDGE + 'const loop: any = {}; loop.loop = loop; kernel.display({ "application/json": loop })')
    same(result.reply["ename"], "TypeError")
    assert "circular" in result.reply["evalue"], result.reply["evalue"]
    same(k.run(BRIDGE + 'kernel.display({ "application/json": 1n })').reply["ename"], "TypeError")
    same(k.run(BRIDGE + 'kernel.display({ html: "x" })').reply["ename"], "TypeError")
    same(k.ok("1 + 1").value, "2")


@scenario
def tslab_display_works(k):
    result = k.ok(
        'import { display as tslabDisplay, newDisplay } from "tslab"; tslabDisplay.html("<i>hi</i>");'
        'const nd = newDisplay(); nd.text("one"); nd.text("two");',
        60,
    )
    shown = result.of("display_data")
    same(shown[0]["data"], {"text/html": "<i>hi</i>"})
    same(shown[1]["data"], {"text/plain": "one"})
    (update,) = result.of("update_display_data")
    same(update["data"], {"text/plain": "two"})
    same(update["transient"], shown[1]["transient"])


# Children.


@scenario
def children_with_inherited_streams_print_here(k):
    code = """
    import { execSync as e1, spawnSync as s1, spawn as s2, fork as f1, execFileSync as x1 } from "node:child_process";
    import { rmSync as r1, writeFileSync as w1 } from "node:fs";
    console.log("0");
    e1("echo 1; echo one >&2", { stdio: "inherit" });
    s1("sh", ["-c", "echo 2"], { stdio: ["ignore", 1, 2] });
    x1("sh", ["-c", "echo 3"], { stdio: ["inherit", process.stdout, "inherit"] });
    console.log("4");
    await new Promise<void>((resolve) => s2("sh", ["-c", "sleep 0.1; echo 5"], { stdio: "inherit" }).on("close", () => resolve()));
    console.log("6");
    w1("/tmp/arl-forked.mjs", 'console.log("7")');
    await new Promise<void>((resolve) => f1("/tmp/arl-forked.mjs").on("exit", () => resolve()));
    r1("/tmp/arl-forked.mjs");
    console.log("8", String(e1("echo captured")).trim());
    """
    result = k.ok(code, 60)
    same(result.text().split("\n"), ["0", "1", "2", "3", "4", "5", "6", "7", "8 captured", ""])
    same(result.text("stderr"), "one\n")


@scenario
def children_print_as_they_run(k):
    code = 'import { execSync as e3 } from "node:child_process"; e3("echo early; sleep 1", { stdio: "inherit" })'
    result = k.ok(code)
    dates = {m["msg_type"]: m["header"]["date"] for m in result.messages}
    assert (dates["status"] - dates["stream"]).total_seconds() > 0.7


@scenario
def children_may_print_a_lot(k):
    code = 'import { execSync as e4 } from "node:child_process"; e4("seq 1 400000", { stdio: "inherit" }); console.log("end")'
    text = k.ok(code, 60).text()
    same(text.count("\n"), 400_001)
    assert text.endswith("400000\nend\n"), text[-40:]


@scenario
def workers_print_here(k):
    code = """
    import { Worker as W1 } from "node:worker_threads";
    await new Promise<void>((resolve) => new W1('console.log("from a worker")', { eval: true }).on("exit", () => setTimeout(resolve, 50)));
    """
    same(k.ok(code).text(), "from a worker\n")


# The process.


@scenario
def process_exit_does_not_kill(k):
    for call in ["process.exit(3)", "process.exit()", "process.abort()"]:
        result = k.run(call)
        same(result.reply["ename"], "ProcessExit")
        assert call in result.reply["evalue"], result.reply["evalue"]
    assert "the kernel keeps running" in k.run("process.exit(1)").reply["evalue"]
    same(k.ok("1 + 1").value, "2")


@scenario
def stray_errors_are_shown(k):
    result = k.ok(
        'setTimeout(() => { throw new Error("from a timer") }, 10);'
        'void Promise.reject(new Error("nobody caught me"));'
        "await new Promise((r) => setTimeout(r, 200))"
    )
    text = result.text("stderr")
    assert "from a timer" in text and "nobody caught me" in text, text
    same(k.ok("1 + 1").value, "2")


@fresh()
def shutdown_echoes_restart(k):
    msg_id = k.send("shutdown_request", {"restart": True}, "control")
    same(k.reply(msg_id, 5, "control"), {"status": "ok", "restart": True})
    gone_within(k, 2)


@fresh()
def shutdown_of_a_blocked_kernel(k):
    k.execute("while (true) {}")
    time.sleep(0.5)
    msg_id = k.send("shutdown_request", {"restart": False}, "control")
    same(k.reply(msg_id, 1, "control"), {"status": "ok", "restart": False})
    gone_within(k, 4)


@fresh()
def shutdown_on_the_shell_channel(k):
    same(k.ask("shutdown_request", {"restart": False}), {"status": "ok", "restart": False})
    gone_within(k, 2)


@scenario
def a_kernel_ends_with_its_parent(_):
    # A parent that starts a kernel and dies without a word.
    code = (
        "import os; from client import Kernel; k = Kernel(); k.execute('while (true) {}');"
        "print(k.pid, flush=True); os.kill(os.getpid(), 9)"
    )
    here = os.path.dirname(os.path.abspath(__file__))
    parent = subprocess.run([sys.executable, "-B", "-c", code], cwd=here, capture_output=True, text=True)
    pid = int(parent.stdout)
    deadline = time.monotonic() + 10
    while os.path.exists(f"/proc/{pid}") and open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()[0] != "Z":
        assert time.monotonic() < deadline, "the kernel lives on"
        time.sleep(0.1)


def gone_within(k, seconds):
    deadline = time.monotonic() + seconds
    while k.km.is_alive():
        assert time.monotonic() < deadline, "the process is still there"
        time.sleep(0.05)


@fresh()
def a_restart_begins_anew(k):
    k.ok("const kept = 1")
    k.km.restart_kernel()
    k.kc.wait_for_ready(timeout=60)
    same(k.run("kept").reply["status"], "error")
    same(k.ok("const kept = 2; kept").reply["execution_count"], 2)


# Questions.


def answer(k, value, timeout=10):
    question = k.kc.get_stdin_msg(timeout=timeout)
    k.kc.input(value)
    return question


@scenario
def input_asks_the_front_end(k):
    msg_id = k.execute('const who = await input("Who? "); `${who}!`', allow_stdin=True)
    question = answer(k, "you")
    same(question["content"], {"prompt": "Who? ", "password": False})
    same(question["parent_header"]["msg_id"], msg_id)
    same(k.wait(msg_id).value, "'you!'")
    msg_id = k.execute('await input("Word: ", { password: true })', allow_stdin=True)
    same(answer(k, "secret")["content"]["password"], True)
    same(k.wait(msg_id).value, "'secret'")


@scenario
def input_twice_at_once(k):
    msg_id = k.execute('(await Promise.all([input("a"), input("b")])).join("-")', allow_stdin=True)
    same(answer(k, "1")["content"]["prompt"], "a")
    same(answer(k, "2")["content"]["prompt"], "b")
    same(k.wait(msg_id).value, "'1-2'")


@scenario
def input_where_none_is_allowed(k):
    result = k.run('await input("x")', allow_stdin=False)
    same(result.reply["ename"], "StdinNotAllowed")


@scenario
def interrupting_input(k):
    msg_id = k.execute('await input("x")', allow_stdin=True)
    k.kc.get_stdin_msg(timeout=10)
    k.interrupt()
    same(k.wait(msg_id, 5).reply["ename"], "Interrupted")
    k.kc.input("stale")
    time.sleep(0.1)
    msg_id = k.execute('await input("y")', allow_stdin=True)
    answer(k, "fresh")
    same(k.wait(msg_id).value, "'fresh'")


@scenario
def cursor_positions_count_code_points(k):
    code = '"😀😀"; Math.ma'
    reply = k.ask("complete_request", {"code": code, "cursor_pos": len(code)})
    assert "max" in reply["matches"], reply["matches"][:5]
    same((reply["cursor_start"], reply["cursor_end"]), (len(code) - 2, len(code)))
    kinds = reply["metadata"]["_jupyter_types_experimental"]
    assert any(m["text"] == "max" and m["start"] == len(code) - 2 for m in kinds), kinds[:3]
    reply = k.ask("inspect_request", {"code": code + "x", "cursor_pos": len(code), "detail_level": 0})
    same(reply["found"], True)
    assert "max" in reply["data"]["text/plain"]


@scenario
def documentation_by_question_mark(k):
    for code in ["Math.max?", "?Math.max"]:
        (page,) = k.ok(code).reply["payload"]
        same((page["source"], page["start"]), ("page", 0))
        assert "max" in page["data"]["text/plain"]
    same(k.run("nothingOfTheKind?").reply["status"], "error")


# Comms.


@scenario
def comms_in_both_directions(k):
    k.ok(
        BRIDGE + 'kernel.comms.registerTarget("echo", (comm: any, data: any) => {'
        " comm.send({ hello: data.name });"
        " comm.onMessage((d: any) => comm.send({ echo: d }));"
        ' comm.onClose(() => console.log("closed")); })'
    )
    k.send("comm_open", {"comm_id": "c1", "target_name": "echo", "data": {"name": "n"}})
    message = k.until(lambda m: m["msg_type"] == "comm_msg")[-1]
    same(message["content"], {"comm_id": "c1", "data": {"hello": "n"}})
    same(k.ask("comm_info_request", {"target_name": "echo"})["comms"], {"c1": {"target_name": "echo"}})
    same(k.ask("comm_info_request", {"target_name": "other"})["comms"], {})
    k.send("comm_msg", {"comm_id": "c1", "data": 5})
    same(k.until(lambda m: m["msg_type"] == "comm_msg")[-1]["content"]["data"], {"echo": 5})
    k.send("comm_close", {"comm_id": "c1", "data": {}})
    same(k.until(lambda m: m["msg_type"] == "stream")[-1]["content"]["text"], "closed\n")
    same(k.ask("comm_info_request", {})["comms"], {})
    result = k.ok(BRIDGE + 'const mine = kernel.comms.open("front", { a: 1 }); mine.send({ b: 2 }); mine.close()')
    same([t for t in result.types if t.startswith("comm")], ["comm_open", "comm_msg", "comm_close"])


@scenario
def unknown_comm_targets_are_closed(k):
    k.send("comm_open", {"comm_id": "c2", "target_name": "nobody", "data": {}})
    same(k.until(lambda m: m["msg_type"] == "comm_close")[-1]["content"]["comm_id"], "c2")


@scenario
def a_waiting_cell_hears_comm_messages(k):
    msg_id = k.execute(
        BRIDGE + 'const heard = await new Promise((resolve) => { const c = kernel.comms.open("x"); c.onMessage(resolve); }); heard'
    )
    opened = k.until(lambda m: m["msg_type"] == "comm_open", 10)[-1]
    k.send("comm_msg", {"comm_id": opened["content"]["comm_id"], "data": "psst"})
    same(k.wait(msg_id, 10).value, "'psst'")


# Clients.


@scenario
def two_clients_get_their_own_replies(k):
    # Not `km.client()`: that shares the session, and with it the ZeroMQ identity.
    other = BlockingKernelClient(connection_file=k.km.connection_file)
    other.load_connection_file()
    other.start_channels()
    try:
        other.wait_for_ready(timeout=10)
        mine = k.execute("10 + 1")
        theirs = other.execute("10 + 2")
        same(k.reply(mine)["status"], "ok")
        same(other.get_shell_msg(timeout=10)["parent_header"]["msg_id"], theirs)
        k.until(lambda m: is_status(m, "idle", theirs))  # Both hear everything on iopub.
    finally:
        other.stop_channels()


@scenario
def nbclient_runs_a_notebook(_):
    import nbformat
    from nbclient import NotebookClient

    notebook = nbformat.v4.new_notebook(
        cells=[
            nbformat.v4.new_code_cell("const a: number = 20"),
            nbformat.v4.new_code_cell('console.log("hello"); a + 22'),
            nbformat.v4.new_code_cell("await new Promise((r) => setTimeout(r, 50)); a"),
        ]
    )
    NotebookClient(notebook, kernel_name=client.KERNEL, timeout=60).execute()
    outputs = notebook.cells[1].outputs
    same([o.output_type for o in outputs], ["stream", "execute_result"])
    same(outputs[1].data["text/plain"], "42")
    same([c.execution_count for c in notebook.cells], [1, 2, 3])


@scenario
def kernel_info_is_answered_while_loading(_):
    start = time.monotonic()
    k = Kernel()
    try:
        ready = time.monotonic() - start
        assert ready < 5, ready
        same(k.ok("1 + 1", 60).value, "2")
    finally:
        k.close()


language_faults.register(scenario)


def main(arguments):
    if arguments == ["--list"]:
        print("\n".join(SCENARIOS))
        return
    shared = None
    for name in arguments or SCENARIOS:
        function, env = SCENARIOS[name]
        start = time.monotonic()
        kernel = None
        try:
            if env is None:
                if shared is None:
                    shared = Kernel()
                kernel = shared
            else:
                kernel = Kernel(env)
            function(kernel)
            error = None
        except Exception:
            error = traceback.format_exc()
        seconds = round(time.monotonic() - start, 3)
        print(json.dumps({"name": name, "seconds": seconds, "error": error}), flush=True)
        if kernel is not None and (error is not None or env is not None):
            # The next scenario must not inherit what went wrong here.
            kernel.close()
            if kernel is shared:
                shared = None
    if shared is not None:
        shared.close()


if __name__ == "__main__":
    main(sys.argv[1:])
