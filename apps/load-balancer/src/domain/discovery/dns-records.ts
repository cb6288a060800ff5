/** Records as `dns-packet` writes them. */
export type ResourceRecord =
  | { readonly type: 'A' | 'AAAA' | 'CNAME'; readonly name: string; readonly ttl: number; readonly data: string }
  | { readonly type: 'NS' | 'PTR'; readonly name: string; readonly ttl: number; readonly data: string }
  | { readonly type: 'TXT'; readonly name: string; readonly ttl: number; readonly data: readonly string[] }
  | { readonly type: 'MX'; readonly name: string; readonly ttl: number; readonly data: MxData }
  | { readonly type: 'CAA'; readonly name: string; readonly ttl: number; readonly data: CaaData }
  | { readonly type: 'SRV'; readonly name: string; readonly ttl: number; readonly data: SrvData }
  | { readonly type: 'SOA'; readonly name: string; readonly ttl: number; readonly data: SoaData };

export interface MxData {
  readonly preference: number;
  readonly exchange: string;
}

export interface CaaData {
  readonly flags: number;
  readonly tag: string;
  readonly value: string;
}

export interface SrvData {
  readonly priority: number;
  readonly weight: number;
  readonly port: number;
  readonly target: string;
}

export interface SoaData {
  readonly mname: string;
  readonly rname: string;
  readonly serial: number;
  readonly refresh: number;
  readonly retry: number;
  readonly expire: number;
  readonly minimum: number;
}

export interface DnsQuestion {
  readonly name: string;
  readonly type: string;
}

/** From where it is asked: this host and its containers, or other hosts. */
export type DnsSide = 'here' | 'elsewhere';
