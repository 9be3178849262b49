/** What both Labs, the embedded one and an installed one, are to `arl start`. */
export interface Server {
  /** Where it is, with a `/` at its end and without the token. */
  readonly url: string;
  readonly port: number;
  readonly token: string;
  /** Resolves when it ended by itself, to whether it ended well. */
  readonly ended: Promise<boolean>;
  /** Ends the kernels, then the server. */
  close(): Promise<void>;
  /** Ends both without asking. */
  kill(): void;
}

export interface ServerOptions {
  /** The folder it serves. */
  readonly folder: string;
  /** What it opens: a path in the folder. */
  readonly open: string;
  /** Default: the first free one. */
  readonly port: number | undefined;
}

const answerMs = 5_000;

/** The address that opens `path` in the Lab, and lets in whoever opens it. */
export function addressOf({ url, token }: Pick<Server, "url" | "token">, path: string): string {
  const address = new URL(`lab/tree/${path.split("/").map(encodeURIComponent).join("/")}`, url);
  // Where this user's settings ask for a password instead, there is none.
  if (token !== "") address.searchParams.set("token", token);
  return address.href;
}

/**
 * {@link addressOf} for the arguments of a program, which every user of the machine can read: the embedded Lab gives a
 * ticket for it, which lets in once. An installed one knows no tickets.
 *
 * @returns `undefined` when it gives none
 */
export async function addressOnce(
  server: Pick<Server, "url" | "token">,
  path: string,
): Promise<string | undefined> {
  const address = new URL(addressOf(server, path));
  try {
    const answer = await fetch(new URL("login/ticket", server.url), {
      method: "POST",
      headers: { Authorization: `token ${server.token}` },
      signal: AbortSignal.timeout(answerMs),
    });
    const { ticket } = (await answer.json()) as { ticket?: unknown };
    if (typeof ticket !== "string") return undefined;
    address.searchParams.delete("token");
    address.searchParams.set("ticket", ticket);
    return address.href;
  } catch {
    return undefined;
  }
}
