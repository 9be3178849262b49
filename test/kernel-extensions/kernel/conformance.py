"""The Jupyter project's own tests for kernels, with every optional sample filled in."""

import unittest

import jupyter_kernel_test

BRIDGE = '(globalThis as any)[Symbol.for("agentic-rl-lab.kernel")]'


class TypeScriptTests(jupyter_kernel_test.KernelTests):
    kernel_name = "agentic-rl"
    language_name = "typescript"
    file_extension = ".ts"
    code_hello_world = 'console.log("hello, world")'
    code_stderr = 'console.error("oops")'
    completion_samples = [
        {"text": "Math.asin", "matches": {"asin", "asinh"}},
        {"text": "JSON.str", "matches": {"stringify"}},
        {"text": "JSON.", "matches": {"parse", "stringify"}},
    ]
    complete_code_samples = ["1", "const a = 1;", "function f() {\n  return 1;\n}", "`x`", "for (const x of []) {}"]
    incomplete_code_samples = ["function f() {", "const a =", "foo(", "[1,", "`never closed", "/* open", "if (true) {"]
    invalid_code_samples = ["const = 1", "1 +* 2", ")", "let 1a"]
    code_page_something = "Math.max?"
    code_generate_error = 'throw new Error("on purpose")'
    code_execute_result = [
        {"code": "6 * 7", "result": "42"},
        {"code": '"text"', "result": "'text'"},
        {"code": "[1, 2].map((x) => x + 1)", "result": "[ 2, 3 ]"},
    ]
    code_display_data = [
        {"code": f'{BRIDGE}.display({{ "text/html": "<b>bold</b>" }})', "mime": "text/html"},
        {"code": f'{BRIDGE}.display({{ "image/png": new Uint8Array([1]) }})', "mime": "image/png"},
    ]
    code_history_pattern = "6?*"
    supported_history_operations = ("tail", "range", "search")
    code_inspect_sample = "Math.max"
    code_clear_output = "console.clear()"


if hasattr(jupyter_kernel_test, "IopubWelcomeTests"):

    class TypeScriptWelcomeTests(jupyter_kernel_test.IopubWelcomeTests):
        kernel_name = "agentic-rl"
        support_iopub_welcome = True


if __name__ == "__main__":
    unittest.main()
