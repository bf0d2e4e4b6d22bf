import { startMissingCloud } from "@lanyard/local-cloud";
import { keepCloud } from "./cloud-of-this-run.ts";
import { runsBrowserTests } from "./support/find-chromium.ts";
import { runsOathtoolTests } from "./support/find-oathtool.ts";

/** One cloud in memory for the whole run, on free ports; what the environment already names is used as it is. */
export default async function setup(): Promise<void> {
  if (!runsBrowserTests)
    console.warn("No Chromium here: *.browser.test.ts are left out (install one, or set CHROMIUM_PATH)");
  if (!runsOathtoolTests)
    console.warn("No oathtool here: *.oathtool.test.ts are left out (install the package oathtool)");
  if (process.env.LANYARD_NO_CLOUD === "1") return;
  const cloud = await startMissingCloud(process.env, { dataDir: "memory" });
  if (cloud === undefined) return;
  keepCloud(cloud);
  // The SDK prefers a profile of this machine to the keys of the embedded cloud.
  if (cloud.pids.queues !== undefined && cloud.pids.tables !== undefined) delete process.env.AWS_PROFILE;
  Object.assign(process.env, cloud.env);
}
