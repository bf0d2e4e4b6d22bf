import { serviceConfig } from "@lanyard/service";
import { dataKindsSetting } from "@lanyard/user-data";
import type { z } from "zod";

/** The merge worker's configuration; `docs/configuration.md` describes each variable. */
export const mergeConfig = serviceConfig.extend({ LANYARD_DATA_KINDS: dataKindsSetting });
export type MergeConfig = z.output<typeof mergeConfig>;
