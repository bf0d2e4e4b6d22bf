import type { Derivation } from "@lanyard/secrets";
import { readDeviceToken } from "@lanyard/session-manager";
import type { RequestHandler } from "express";
import { contextOf } from "../http/request-context.ts";
import type { Projections } from "../reads/projections.ts";

export interface ShowsDeviceDeps {
  readonly derivation: Derivation;
  readonly projections: Pick<Projections, "devicesOf">;
}

/**
 * Notes which known device the request comes from, by its `X-Device-Token`: genuine, and still on its account's list. What is
 * neither says nothing, and is refused nothing either.
 */
export const showsDevice =
  ({ derivation, projections }: ShowsDeviceDeps): RequestHandler =>
  async (request, response, next) => {
    const shown = readDeviceToken(derivation, request.get("x-device-token") ?? "");
    if (shown !== undefined) {
      const { devices } = (await projections.devicesOf(shown.userId)) ?? { devices: [] };
      if (devices.some(({ deviceId }) => deviceId === shown.deviceId)) {
        const context = contextOf(response);
        response.locals["context"] = { ...context, client: { ...context.client, device: shown } };
      }
    }
    next();
  };
