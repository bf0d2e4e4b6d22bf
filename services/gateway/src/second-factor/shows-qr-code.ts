import { renderSVG } from "uqr";
import { identityOf } from "../auth/authenticate.ts";
import type { FlowRoute } from "../operations/runs-flow.ts";

/** Modules of white around the code, which scanners need (ISO/IEC 18004). */
const QUIET_ZONE = 4;

/** Black on white whatever the page's colours are. */
export const qrCode = (text: string): string =>
  renderSVG(text, { ecc: "M", border: QUIET_ZONE, pixelSize: 4, whiteColor: "#fff", blackColor: "#000" });

/** `POST /auth/2fa/setup`: the secret, and a picture of it, which nobody has to be sent it for. */
export const showsQrCode = (): FlowRoute => ({
  toInput: (_body, _request, response) => ({ userId: identityOf(response).userId }),
  toAnswer: (result) => ({ body: { ...result, qrSvg: qrCode(String(result["otpauthUrl"])) }, headers: {} }),
});
