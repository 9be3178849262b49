/**
 * A theme that is picked in the menu applies. While JupyterLab follows the system's light or dark, its own command only
 * stops following, and forgets which theme was asked for.
 */
import type { JupyterFrontEndPlugin } from "@jupyterlab/application";
import { ISettingRegistry } from "@jupyterlab/settingregistry";

const picked = "apputils:change-theme";
const themes = "@jupyterlab/apputils-extension:themes";
const followsSystem = "adaptive-theme";

export const themeChoice: JupyterFrontEndPlugin<void> = {
  id: "agentic-rl-lab:theme-choice",
  description: "Applies a theme that is picked while the Lab follows the system.",
  autoStart: true,
  requires: [ISettingRegistry],
  activate: ({ commands }, registry: ISettingRegistry) => {
    commands.commandExecuted.connect((_commands, { id, args, result }) => {
      const { theme } = args as { theme?: unknown };
      if (id === picked && typeof theme === "string") void choose(registry, theme, result);
    });
  },
};

async function choose(registry: ISettingRegistry, theme: string, command: Promise<unknown>): Promise<void> {
  await command.catch(() => undefined); // The Lab itself says what went wrong.
  const settings = await registry.load(themes);
  // The last theme that was picked shows again meanwhile, unless this one is kept first.
  await change(settings, "theme", theme);
  // The theme that is shown already was picked: the command did nothing, and it is to stay.
  await change(settings, followsSystem, false);
}

async function change(
  settings: ISettingRegistry.ISettings,
  key: string,
  value: string | boolean,
): Promise<void> {
  if (settings.composite[key] === value) return;
  await splashGone();
  await settings.set(key, value);
}

/** Each change of a theme shows the splash; one that is shown again while it fades is removed twice, an error. */
async function splashGone(): Promise<void> {
  while (document.getElementById("jupyterlab-splash")) await new Promise((done) => setTimeout(done, 50));
}
