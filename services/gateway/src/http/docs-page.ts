import { type RequestHandler, Router } from "express";
import helmet from "helmet";
import { serve, setup } from "swagger-ui-express";
import { sendProblem } from "./problem.ts";

/** What the page loads. The package holds more, a demo of a foreign API among it: that stays where it is. */
const ASSETS = [
  "/swagger-ui.css",
  "/swagger-ui-bundle.js",
  "/swagger-ui-standalone-preset.js",
  "/swagger-ui-init.js",
  "/favicon-16x16.png",
  "/favicon-32x32.png",
];

/** Swagger UI over `/openapi.json`: everything it loads comes from this gateway. */
export function docsPage(): Router {
  const router = Router({ caseSensitive: true, strict: true });
  const csp: RequestHandler = helmet.contentSecurityPolicy({
    useDefaults: false,
    directives: {
      defaultSrc: ["'none'"],
      connectSrc: ["'self'"],
      imgSrc: ["'self'", "data:"],
      scriptSrc: ["'self'"],
      styleSrc: ["'self'", "'unsafe-inline'"],
      frameAncestors: ["'none'"],
    },
  });
  const options = { customSiteTitle: "Lanyard API", swaggerOptions: { url: "/openapi.json", validatorUrl: null } };
  router.use(csp);
  router.get("/", withSlash, setup(undefined, options));
  router.get(ASSETS, serve);
  router.all(["/", ...ASSETS], (_request, response) => {
    response.set("Allow", "GET, HEAD");
    sendProblem(response, "method_not_allowed");
  });
  return router;
}

/** The page names its assets relative to itself. */
const withSlash: RequestHandler = (request, response, next) => {
  if (/^[^?]*\/(?:\?|$)/.test(request.originalUrl)) return next();
  response.redirect(301, `${request.baseUrl}/`);
};
