// JupyterLab and our own entry as scripts and styles for the browser. Not type-checked as the other files are: the
// bundler and its types are there only once the front end's packages are.
import { rspack } from "@rspack/core";
import { join } from "node:path";
import { URL, fileURLToPath } from "node:url";
import { BootstrapError } from "../../bootstrap/shared.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));

/** What JupyterLab's packages import that is not code. */
const rules = [
  {
    test: /\.css$/,
    exclude: /\.raw\.css$/,
    type: "javascript/auto",
    use: [rspack.CssExtractRspackPlugin.loader, { loader: "css-loader", options: { sourceMap: false } }],
  },
  { test: /\.raw\.css$/, type: "asset/source" },
  { test: /\.md$/, type: "asset/source" },
  { test: /\.svg$/, issuer: /\.js$/, type: "asset/source" },
  { test: /\.svg$/, issuer: /\.css$/, type: "asset/inline" },
  { test: /\.(woff2?|ttf|eot|png|jpg|gif)$/, type: "asset/resource" },
  { resourceQuery: /^\?file$/, type: "asset/resource" },
  {
    test: /\.ts$/,
    loader: "builtin:swc-loader",
    options: { jsc: { parser: { syntax: "typescript" }, target: "es2022" } },
    type: "javascript/auto",
  },
];

/**
 * @param {{ root: string, list: string, out: string }} options `list`: the module of all extensions
 * @returns {Promise<{ scripts: string[], styles: string[], folders: string[] }>} what the page loads, and the
 *   folders of the packages that went into it
 */
export async function bundle({ root, list, out }) {
  const compiler = rspack({
    mode: "production",
    devtool: false,
    context: here,
    entry: { main: join(here, "main.ts") },
    output: {
      path: out,
      filename: "[name].[contenthash:8].js",
      chunkFilename: "[name].[contenthash:8].js",
      cssFilename: "[name].[contenthash:8].css",
      assetModuleFilename: "[name].[contenthash:8][ext]",
      publicPath: "auto",
    },
    resolve: {
      alias: {
        "jupyterlab-extensions$": list,
        "plotly.min.js$": join(root, "node_modules", "plotly.js-dist-min", "plotly.min.js"),
      },
      extensionAlias: { ".js": [".ts", ".js"] },
      // Modules of Node that packages mention and browsers do without.
      fallback: {
        path: false,
        url: false,
        buffer: false,
        crypto: false,
        stream: false,
        util: false,
        fs: false,
      },
    },
    module: { rules },
    plugins: [
      new rspack.DefinePlugin({ process: "({ cwd: () => '/', env: {} })" }),
      new rspack.CssExtractRspackPlugin({
        filename: "[name].[contenthash:8].css",
        chunkFilename: "[name].[contenthash:8].css",
      }),
    ],
    optimization: {
      minimizer: [
        // Plotly is small already, and keeps its licence.
        new rspack.SwcJsMinimizerRspackPlugin({ exclude: /^plotly/ }),
        new rspack.LightningCssMinimizerRspackPlugin(),
      ],
    },
    performance: { hints: false },
  });
  const stats = await new Promise((resolve, reject) => {
    compiler.run((error, stats) => (error ? reject(error) : resolve(stats)));
  });
  const { errors, entrypoints } = stats.toJson({ all: false, errors: true, entrypoints: true });
  if (errors.length > 0) throw new BootstrapError(`JupyterLab could not be built: ${errors[0].message}`);
  const folders = packageFolders(stats.compilation.fileDependencies);
  await new Promise((resolve) => compiler.close(resolve));
  const files = entrypoints.main.assets.map(({ name }) => name);
  return {
    scripts: files.filter((name) => name.endsWith(".js")),
    styles: files.filter((name) => name.endsWith(".css")),
    folders,
  };
}

/** They make the bundle and are not in it. */
const tools = /[\\/](@rspack[\\/]core|css-loader)$/;

/** @param {Iterable<string>} files */
function packageFolders(files) {
  const folder = /^.*[\\/]node_modules[\\/](@[^\\/]+[\\/])?[^\\/.][^\\/]*/;
  const folders = [...files]
    .flatMap((file) => folder.exec(file)?.[0] ?? [])
    .filter((name) => !tools.test(name));
  return [...new Set(folders)];
}
