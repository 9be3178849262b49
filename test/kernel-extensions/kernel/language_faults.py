"""Faults of other TypeScript kernels that lie in the language, seen by a Jupyter client.

Each is a scenario of its own: cells, run in a folder with modules and packages of its own, and the value that
the last cell must give (or the error it must report).
"""

import atexit
import json
import os
import shutil
import tempfile

from client import Kernel

FILES = {
    "lib/index.ts": "export const where = import.meta.url.endsWith('/lib/index.ts');\nexport const a: number = 1;\n",
    "lib/other.ts": "export const other: string = 'o';\n",
    "node_modules/esm/package.json": json.dumps(
        {"name": "esm", "type": "module", "exports": {".": {"types": "./t/i.d.ts", "import": "./i.js"}}}
    ),
    "node_modules/esm/i.js": "export const value = await Promise.resolve(7);",
    "node_modules/esm/t/i.d.ts": "export declare const value: number;",
}

# name: (cells, value of the last one) or (cells, {fields of its error})
FAULTS = {
    "top_level_await_in_parentheses": (["await (Promise.resolve(1))"], "1"),
    "for_await_at_the_top_level": (["let n = 0; for await (const x of [Promise.resolve(2)]) n += x; n"], "2"),
    "esm_with_top_level_await_and_only_import_exports": (['import { value } from "esm"; value'], "7"),
    "types_reachable_only_through_exports": (['import { value } from "esm"; const s: string = value'], {"ename": "TS2322"}),
    "a_folder_means_its_index": (['import { a } from "./lib"; a'], "1"),
    "ts_suffixes": (['import { other } from "./lib/other.ts"; other'], "'o'"),
    "js_suffixes_mean_the_ts_file": (['import { other } from "./lib/other.js"; other'], "'o'"),
    "import_meta_in_cells_and_modules": (
        ['import { where } from "./lib"; [where, import.meta.url.startsWith("file:"), typeof import.meta.dirname]'],
        "[ true, true, 'string' ]",
    ),
    "using": (["let ended = false", "using r = { [Symbol.dispose]() { ended = true } }", "ended"], "true"),
    "standard_decorators": (
        ["function seen(c: Function, _: ClassDecoratorContext) { Object.assign(c, { tag: 1 }) } @seen class D { declare static tag: number }", "D.tag"],
        "1",
    ),
    "a_promise_as_the_last_value": (["Promise.resolve(42)"], "42"),
    "const_can_be_declared_again": (["const again = 1", "const again = 'two'", "again"], "'two'"),
    "types_are_strict_across_cells": (["let maybe: string | undefined", "maybe.length"], {"ename": "TS18048"}),
    "type_errors_are_errors_with_line_and_column": (
        ["const fine = 1;\nconst wrong: string = fine"],
        {"ename": "TS2322", "evalue": "Type 'number' is not assignable to type 'string'.", "traceback": ":2:7"},
    ),
    "runtime_errors_have_cell_lines": (["type T = 1;\n\nnull as unknown as T;\nJSON.parse('{')"], {"ename": "SyntaxError", "traceback": ":4:6"}),
    "the_library_from_any_folder": (['import { survey } from "agentic-rl-lab"; (await survey.rows("papers")).length'], "1143"),
    "node_types_from_any_folder": (['import { basename } from "node:path"; basename("/a/b")'], "'b'"),
    "danfo_and_tfjs_from_any_folder": (
        ['import * as tf from "@tensorflow/tfjs"; import { DataFrame } from "danfojs-node"; [tf.scalar(2).dataSync()[0], new DataFrame([{ a: 1 }]).shape]'],
        "[ 2, [ 1, 1 ] ]",
    ),
}

_shared = None


def _kernel():
    """One kernel in a folder outside the project, for all of them."""
    global _shared
    if _shared is None:
        folder = tempfile.mkdtemp(prefix="arl-language-")
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        for name, text in FILES.items():
            path = os.path.join(folder, name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
        _shared = Kernel(cwd=folder)
        atexit.register(_shared.close)
    return _shared


def _run(cells, expected):
    kernel = _kernel()
    for cell in cells[:-1]:
        kernel.ok(cell)
    result = kernel.run(cells[-1])
    if isinstance(expected, str):
        assert result.reply["status"] == "ok", result.reply
        assert result.value == expected, f"expected {expected}, got {result.value}"
        return
    assert result.reply["status"] == "error", result.reply
    assert result.of("error"), "no error message on iopub"
    for field, value in expected.items():
        actual = result.reply[field]
        text = "\n".join(actual) if isinstance(actual, list) else actual
        assert value in text, f"{field}: expected {value!r} in {text!r}"


def register(scenario):
    for name, (cells, expected) in FAULTS.items():

        def test(_, cells=cells, expected=expected):
            _run(cells, expected)

        test.__name__ = name
        scenario(test)
