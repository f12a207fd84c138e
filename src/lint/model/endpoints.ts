import { maxItems } from '../bounds.js';
import type { Server } from '../traits.js';
import type { Setting } from '../setting.js';
import type { Component } from './deployment.js';

/** A host and a port; a part that cannot be known here is undefined. */
export interface HostPort {
  readonly host: string | undefined;
  readonly port: number | undefined;
}

/** A server of a component as its configuration has it. */
export interface OpenedServer extends HostPort {
  readonly server: Server;
  /** The group that has its `tls` and `auth`. */
  readonly group: Setting;
  /** Its address. */
  readonly at: Setting;
}

/** The servers that a component opens. */
export function listeningOf({ config, traits }: Component): OpenedServer[] {
  return (traits.servers ?? []).flatMap((server): OpenedServer[] => {
    const group = config.at(...server.under);
    if (server.optional === true && !group.isWritten) return [];
    const at = group.at(server.key ?? 'endpoint');
    const text = at.textOr(server.fallback);
    if (text === undefined && !at.isUnknown) return [];
    const parts = text === undefined ? unknown : splitHostPort(text);
    return [{ ...parts, server, group, at }];
  });
}

/** An address that an exporter sends to. */
export interface NamedAddress extends HostPort {
  readonly at: Setting;
  /** As it may be shown. */
  readonly shown: string;
}

const unknown: HostPort = { host: undefined, port: undefined };

const httpKeys = ['endpoint', 'traces_endpoint', 'metrics_endpoint', 'logs_endpoint'];

/** The addresses that an exporter's configuration names. */
export function destinationsOf({ config, traits }: Component): NamedAddress[] {
  if (traits.sends === undefined) return [];
  if (traits.sends === 'routed') return routedOf(config.at('resolver'));
  const keys = traits.sends === 'otlp/http' ? httpKeys : ['endpoint'];
  return keys.flatMap((key) => named(config.at(key), undefined));
}

/** Routed exporters add this port to an address without one. */
const routedPort = 4317;

function routedOf(resolver: Setting): NamedAddress[] {
  const [fixed, dns, kubernetes] = [resolver.at('static'), resolver.at('dns'), resolver.at('k8s')];
  if (fixed.isSet)
    return fixed
      .at('hostnames')
      .items()
      .slice(0, maxItems)
      .flatMap((item) => named(item, routedPort));
  if (dns.isSet) {
    const port = Number(dns.at('port').textOr(String(routedPort)));
    return named(dns.at('hostname'), Number.isNaN(port) ? undefined : port);
  }
  if (!kubernetes.isSet) return [];
  const [port] = kubernetes.at('ports').items();
  return named(kubernetes.at('service'), port === undefined ? routedPort : port.numberOr(routedPort));
}

/** The resolver of a routed exporter finds any number of addresses. */
export function resolvesMany(exporter: Component): boolean {
  const resolver = exporter.config.at('resolver');
  return ['dns', 'k8s', 'aws_cloud_map'].some((key) => resolver.at(key).isSet);
}

function named(at: Setting, port: number | undefined): NamedAddress[] {
  if (at.isUnknown) return [{ host: undefined, port, at, shown: at.shown() }];
  const text = at.textOr(undefined);
  if (text === undefined || text === '') return [];
  const parts = splitHostPort(text);
  return [{ host: parts.host, port: parts.port ?? port, at, shown: at.shown() }];
}

const defaultPorts: Readonly<Record<string, number>> = { http: 80, https: 443, grpc: 443, grpcs: 443 };

/** Reads `host:port`, with or without a scheme and a path. */
export function splitHostPort(text: string): HostPort {
  const [, scheme, rest = text] = /^([a-z][a-z0-9+.-]*):\/\/\/?(.*)$/is.exec(text) ?? [];
  const [before = ''] = rest.split(/[/?#]/, 1);
  const authority = before.slice(before.lastIndexOf('@') + 1);
  const [, host = authority, port] = /^(.*?)(?::(\d{1,5}))?$/s.exec(authority) ?? [];
  const bare = host.replace(/^\[(.*)\]$/, '$1').toLowerCase();
  return { host: bare, port: port === undefined ? defaultPorts[scheme?.toLowerCase() ?? ''] : Number(port) };
}

/** Reached from this machine alone. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.') || host.endsWith('.localhost');
}

/** All addresses of the machine. */
export function isWildcard(host: string): boolean {
  return host === '' || host === '0.0.0.0' || host === '::';
}

/** An address that others reach: false for one of this machine alone, a socket of the file system, or none known. */
export function isOpen({ host }: HostPort): boolean {
  return host !== undefined && !isLoopback(host) && !host.startsWith('/');
}

/** Within a cluster or a private network by its name or address. */
export function isPrivate(host: string): boolean {
  if (isLoopback(host) || !host.includes('.') || host.includes(':')) return true;
  if (/\.(?:svc|local|internal|lan|home|corp|intra|test|invalid|localdomain)$/.test(host)) return true;
  return (
    /^(?:10\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.|169\.254\.|100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.)/.test(
      host,
    ) || /\.svc\./.test(host)
  );
}
