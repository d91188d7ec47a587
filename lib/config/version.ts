/** The versions that configuration errors, `--version` and INFO show. */

/** The version of this program. */
export const VELLUM_VERSION = "0.1.0";

/** The Redis version whose behaviour is reproduced; clients decide by it what they may use. */
export const REDIS_VERSION = "7.2.6";
