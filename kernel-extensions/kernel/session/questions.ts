/** Questions about code: completion, documentation, completeness (Jupyter messaging, "Messages on the shell channel"). */
import type { Language } from "../language/language.js";
import { toCodePoints, toUtf16 } from "./positions.js";
import { type CursorRequest, Fields, parseComplete, parseInspect } from "./requests.js";

type Reply = Record<string, unknown>;

export function complete(language: Language, contentJson: string): Reply {
  const request = parseComplete(contentJson);
  const { code } = request;
  const completion = language.complete(code, offsetOf(request));
  const start = toCodePoints(code, completion.start);
  const end = toCodePoints(code, completion.end);
  return {
    status: "ok",
    matches: [...new Set(completion.matches.map((match) => match.text))],
    cursor_start: start,
    cursor_end: end,
    metadata: {
      // Not in the specification; front ends show kind and signature beside the match.
      _jupyter_types_experimental: completion.matches.map(({ text, kind, signature }) => ({
        start,
        end,
        text,
        type: kind,
        ...(signature === undefined ? {} : { signature }),
      })),
    },
  };
}

/** Both detail levels give the same: there is no more to say than signature and documentation. */
export function inspect(language: Language, contentJson: string): Reply {
  const request = parseInspect(contentJson);
  const inspection = language.inspect(request.code, offsetOf(request));
  const data = inspection ? { "text/plain": inspection.plain, "text/markdown": inspection.markdown } : {};
  return { status: "ok", found: inspection !== undefined, data, metadata: {} };
}

/** The one reply whose `status` is the answer. */
export function isComplete(language: Language, contentJson: string): Reply {
  return { ...language.isComplete(new Fields("is_complete_request", contentJson).string("code")) };
}

function offsetOf({ code, cursorPos }: CursorRequest): number {
  return cursorPos === undefined ? code.length : toUtf16(code, cursorPos);
}
