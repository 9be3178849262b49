import { protocolVersion } from "./message.js";

export const implementation = "agentic-rl";

/** Content of `kernel_info_reply` (Jupyter messaging, "Kernel info"). */
export function kernelInfo(versions: {
  kernel: string;
  typescript: string;
  node: string;
}): Record<string, unknown> {
  return {
    status: "ok",
    protocol_version: protocolVersion,
    implementation,
    implementation_version: versions.kernel,
    language_info: {
      name: "typescript",
      version: versions.typescript,
      mimetype: "text/typescript",
      file_extension: ".ts",
      pygments_lexer: "typescript",
      codemirror_mode: "typescript",
      nbconvert_exporter: "script",
    },
    banner: `TypeScript ${versions.typescript} on Node.js ${versions.node} (Agentic RL kernel ${versions.kernel})`,
    debugger: false,
    help_links: [
      { text: "TypeScript", url: "https://www.typescriptlang.org/docs/" },
      { text: "Node.js", url: "https://nodejs.org/docs/latest/api/" },
      { text: "TensorFlow.js", url: "https://js.tensorflow.org/api/latest/" },
    ],
  };
}
