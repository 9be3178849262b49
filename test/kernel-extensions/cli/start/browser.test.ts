import { expect, it, vi } from "vitest";
import { opensFiles, withoutBrowser } from "../../../../kernel-extensions/cli/start/browser.js";
import { stateFolder } from "../../../../kernel-extensions/cli/start/state.js";

it("a browser is opened where there is one to see", () => {
  expect(withoutBrowser(8888, { DISPLAY: ":0" }, "linux")).toBeUndefined();
  expect(withoutBrowser(8888, { WAYLAND_DISPLAY: "wayland-0" }, "linux")).toBeUndefined();
  expect(withoutBrowser(8888, { DISPLAY: "", WAYLAND_DISPLAY: "wayland-0" }, "linux")).toBeUndefined();
  expect(withoutBrowser(8888, { WSL_DISTRO_NAME: "Debian" }, "linux")).toBeUndefined();
  // X is forwarded: a browser here shows there.
  expect(
    withoutBrowser(8888, { SSH_CONNECTION: "10.0.0.1 5 10.0.0.2 22", DISPLAY: ":10" }, "linux"),
  ).toBeUndefined();
  expect(withoutBrowser(8888, {}, "darwin")).toBeUndefined();
  expect(withoutBrowser(8888, {}, "win32")).toBeUndefined();
});

it("a browser reads files of this machine, except one of Windows from within WSL", () => {
  for (const platform of ["linux", "darwin", "win32"] as const) expect(opensFiles({}, platform)).toBe(true);
  vi.stubEnv("PATH", "");
  expect(opensFiles({ WSL_DISTRO_NAME: "Debian" }, "linux")).toBe(false);
  vi.unstubAllEnvs();
});

it("elsewhere the way to the address is said", () => {
  const ssh = { SSH_CONNECTION: "10.0.0.1 50123 10.0.0.2 22" };
  for (const platform of ["linux", "darwin"] as const)
    expect(withoutBrowser(8899, ssh, platform)).toMatch(
      /ssh -N -L 8899:127\.0\.0\.1:8899 (\S+@)?10\.0\.0\.2\n/,
    );
  expect(withoutBrowser(8888, {}, "linux")).toMatch(/no display: .*ssh -N -L 8888:127\.0\.0\.1:8888 /);
  expect(withoutBrowser(8888, { DISPLAY: "" }, "linux")).toMatch(/no display/);
});

it("state is kept where the platform keeps it", () => {
  expect(stateFolder({ HOME: "/home/ada" }, "linux")).toBe("/home/ada/.local/state/agentic-rl-lab");
  for (const unset of ["", "state"])
    expect(stateFolder({ HOME: "/home/ada", XDG_STATE_HOME: unset }, "linux")).toBe(
      "/home/ada/.local/state/agentic-rl-lab",
    );
  expect(stateFolder({ HOME: "/home/ada", XDG_STATE_HOME: "/s" }, "darwin")).toBe("/s/agentic-rl-lab");
  expect(stateFolder({ HOME: "/Users/ada" }, "darwin")).toBe(
    "/Users/ada/Library/Application Support/agentic-rl-lab",
  );
  expect(stateFolder({ LOCALAPPDATA: "/l" }, "win32")).toBe("/l/agentic-rl-lab");
});
