/** What an emulator process is told, as JSON in its first argument. */
export interface EmulatorOptions {
  /** Where its data lives; absent: in memory. */
  dir?: string;
  port: number;
  /** Of an emulator that also takes mail. */
  smtpPort?: number;
}

/** What an emulator process says to its parent over IPC. */
export type EmulatorMessage =
  | { type: "listening" }
  | { type: "failed"; code: "data_dir_in_use" | "port_in_use" | "crashed"; message: string };

/** What its parent may say to it. Losing the channel means the same. */
export interface StopMessage {
  type: "stop";
}
