/** Texts of socket addresses, as CLIENT LIST shows them. */

const MAPPED_PREFIX = "::ffff:";

/** An IPv4 address as it is, where a socket open to both families shows it inside an IPv6 one. */
export function unmapAddress(host: string): string {
  return host.startsWith(MAPPED_PREFIX) && host.includes(".") ? host.slice(MAPPED_PREFIX.length) : host;
}

/** `ip:port`, an IPv6 address in brackets. */
export function formatAddress(address: string, port: number): string {
  const host = unmapAddress(address);
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Whether an IP address is a loopback one. */
export function isLoopback(address: string): boolean {
  const host = unmapAddress(address);
  return host.startsWith("127.") || host === "::1";
}

/** The address to bind for a configured one: `*` is every IPv4 address, `::*` every IPv6 address. */
export function bindHost(host: string): string {
  if (host === "*") return "0.0.0.0";
  if (host === "::*") return "::";
  return host;
}
