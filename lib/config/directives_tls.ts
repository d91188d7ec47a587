/** The directives of TLS. There is none here: all are kept, not acted on. */

import { bool, choice, type Directive, FLAG_VOLATILE, kept, number, optionalText } from "./directive.ts";
import { TLS_AUTH_CLIENTS_NAMES } from "./enums.ts";
import { INT_MAX } from "./numbers.ts";

export const TLS_DIRECTIVES: readonly Directive[] = kept([
  choice("tls-auth-clients", TLS_AUTH_CLIENTS_NAMES, "yes"),
  optionalText("tls-ca-cert-dir", { flags: FLAG_VOLATILE }),
  optionalText("tls-ca-cert-file", { flags: FLAG_VOLATILE }),
  optionalText("tls-cert-file", { flags: FLAG_VOLATILE }),
  optionalText("tls-ciphers"),
  optionalText("tls-ciphersuites"),
  optionalText("tls-client-cert-file", { flags: FLAG_VOLATILE }),
  optionalText("tls-client-key-file", { flags: FLAG_VOLATILE }),
  optionalText("tls-client-key-file-pass"),
  bool("tls-cluster", "no"),
  optionalText("tls-dh-params-file", { flags: FLAG_VOLATILE }),
  optionalText("tls-key-file", { flags: FLAG_VOLATILE }),
  optionalText("tls-key-file-pass"),
  number("tls-port", 0n, 65535n, 0n),
  bool("tls-prefer-server-ciphers", "no"),
  optionalText("tls-protocols"),
  bool("tls-replication", "no"),
  number("tls-session-cache-size", 0n, INT_MAX, 20480n),
  number("tls-session-cache-timeout", 0n, INT_MAX, 300n),
  bool("tls-session-caching", "yes"),
]);
