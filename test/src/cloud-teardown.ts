import { cloudOfThisRun } from "./cloud-of-this-run.ts";

export default async function teardown(): Promise<void> {
  await cloudOfThisRun()?.stop();
}
