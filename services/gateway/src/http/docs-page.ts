import { type RequestHandler, Router } from "express";
import helmet from "helmet";
import { serve, setup } from "swagger-ui-express";

/** Swagger UI over `/openapi.json`: everything it loads comes from this gateway. */
export function docsPage(): Router {
  const router = Router();
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
  router.use(csp, serve, setup(undefined, options));
  return router;
}
