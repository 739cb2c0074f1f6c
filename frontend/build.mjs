// Bundles src/ into the folder given as first argument, with content-hashed names and a manifest.
import { readFile, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import * as esbuild from "esbuild";

const out = process.argv[2];
if (!out) throw new Error("usage: node build.mjs OUTPUT_FOLDER");

// Of the kit's tokens we keep colours, fonts and shadows: its sizes assume a root of 10 px, ours is the reader's own.
const kept = /^--qc-(color|font-family|box_shadow)-/;
const declarations = (block) =>
  block.split(";").map((line) => line.trim()).filter((line) => kept.test(line)).join(";");

const tokens = {
  name: "kit-tokens",
  setup(build) {
    build.onLoad({ filter: /qc-sdg-design-tokens\.min\.css$/ }, async ({ path }) => {
      const text = await readFile(path, "utf8");
      const light = text.match(/^:root\{([^}]*)\}/);
      const dark = text.match(/\.qc-dark-theme,:root\.qc-dark-theme\{([^}]*)\}/);
      const ours = (await readFile("src/css/dark.css", "utf8")).match(/:root \{([^}]*)\}/);
      if (!light || !dark) throw new Error("the kit's token file is not laid out as it was in 1.5.1");
      const night = `color-scheme:dark;${declarations(dark[1])};${ours[1].trim()}`;
      // The kit switches by a class that a script sets; we follow the machine, or the choice that the server wrote.
      return {
        loader: "css",
        contents:
          `:root{color-scheme:light;${declarations(light[1])}}` +
          `@media screen and (prefers-color-scheme:dark){:root:not([data-theme=light]){${night}}}` +
          `@media screen{:root[data-theme=dark]{${night}}}`,
      };
    });
  },
};

const result = await esbuild.build({
  entryPoints: ["src/app.js", "src/app.css", "src/favicon.svg"],
  outdir: out,
  bundle: true,
  minify: true,
  format: "esm",
  target: ["es2022", "chrome110", "firefox110", "safari16"],
  entryNames: "[name]-[hash]",
  assetNames: "[name]-[hash]",
  loader: { ".woff2": "file", ".svg": "copy" },
  legalComments: "none", // scripts/build_frontend.py ships whole licences instead
  metafile: true,
  plugins: [tokens],
});

const manifest = {};
for (const file of Object.keys(result.metafile.outputs)) {
  const name = basename(file);
  manifest[name.replace(/-[A-Z0-9]{8}(?=\.\w+$)/, "")] = name;
}
await writeFile(join(out, "manifest.json"), JSON.stringify(manifest, null, 1) + "\n");
await writeFile(join(out, "inputs.json"), JSON.stringify(Object.keys(result.metafile.inputs)) + "\n");
