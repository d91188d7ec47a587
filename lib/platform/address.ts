/** Texts of socket addresses, as CLIENT LIST shows them. */

/** `ip:port`, an IPv6 address in brackets. */
export function formatAddress(host: string, port: number): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Whether an IP address is a loopback one. */
export function isLoopback(host: string): boolean {
  return host.startsWith("127.") || host === "::1" || host.startsWith("::ffff:127.");
}

/** The address to bind for a configured one: `*` is every IPv4 address, `::*` every IPv6 address. */
export function bindHost(host: string): string {
  if (host === "*") return "0.0.0.0";
  if (host === "::*") return "::";
  return host;
}
