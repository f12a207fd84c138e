/** The patterns that grok knows by name, as the Collector has them; names in `%{}` stand for others. */
export const grokPatterns: ReadonlyMap<string, string> = new Map(
  Object.entries({
    // Words and numbers
    WORD: '\\b\\w+\\b',
    NOTSPACE: '\\S+',
    SPACE: '\\s*',
    DATA: '.*?',
    GREEDYDATA: '.*',
    BOOL: 'true|false',
    INT: '[+-]?[0-9]+',
    BASE10NUM: '[+-]?[0-9]+(?:\\.[0-9]+)?|\\.[0-9]+',
    NUMBER: '%{BASE10NUM}',
    BASE16NUM: '[+-]?(?:0x)?[0-9A-Fa-f]+',
    BASE16FLOAT: '[+-]?(?:0x)?[0-9A-Fa-f]+(?:\\.[0-9A-Fa-f]*)?',
    POSINT: '\\b[1-9][0-9]*\\b',
    NONNEGINT: '\\b[0-9]+\\b',
    QUOTEDSTRING: '"(?:[^"\\\\]|\\\\.)*"|\'(?:[^\'\\\\]|\\\\.)*\'',
    QS: '%{QUOTEDSTRING}',
    UUID: '[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}',
    URN: "urn:[0-9A-Za-z][0-9A-Za-z-]{0,31}:[0-9A-Za-z()+,.:=@;$_!*'/?#-]+",
    // Hosts and users
    USERNAME: '[a-zA-Z0-9._-]+',
    USER: '%{USERNAME}',
    EMAILLOCALPART: '[a-zA-Z][a-zA-Z0-9_.+=:-]+',
    EMAILADDRESS: '%{EMAILLOCALPART}@%{HOSTNAME}',
    HTTPDUSER: '%{EMAILADDRESS}|%{USER}',
    IPV4: '(?:(?:25[0-5]|2[0-4]\\d|[01]?\\d?\\d)\\.){3}(?:25[0-5]|2[0-4]\\d|[01]?\\d?\\d)',
    IPV6: ipv6(),
    IP: '%{IPV6}|%{IPV4}',
    HOSTNAME: '\\b[0-9A-Za-z][0-9A-Za-z-]{0,62}(?:\\.[0-9A-Za-z][0-9A-Za-z-]{0,62})*(?:\\.?|\\b)',
    IPORHOST: '%{IP}|%{HOSTNAME}',
    HOSTPORT: '%{IPORHOST}:%{POSINT}',
    CISCOMAC: '(?:[0-9A-Fa-f]{4}\\.){2}[0-9A-Fa-f]{4}',
    WINDOWSMAC: '(?:[0-9A-Fa-f]{2}-){5}[0-9A-Fa-f]{2}',
    COMMONMAC: '(?:[0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}',
    MAC: '%{CISCOMAC}|%{WINDOWSMAC}|%{COMMONMAC}',
    // Paths
    UNIXPATH: '(?:/[\\w%!$@:.,+~-]+)+',
    WINPATH: '[A-Za-z]+:(?:\\\\[^\\\\?*]+)+',
    PATH: '%{UNIXPATH}|%{WINPATH}',
    TTY: '/dev/(?:pts|tty[pq]?)\\w*/?[0-9]+',
    URIPROTO: '[A-Za-z][A-Za-z0-9+.-]+',
    URIHOST: '%{IPORHOST}(?::%{POSINT})?',
    URIPATH: "(?:/[A-Za-z0-9$.+!*'(){},~:;=@#%&_-]+)+",
    URIQUERY: "[A-Za-z0-9$.+!*'|(){},~@#%&/=:;_?\\[\\]<>-]*",
    URIPARAM: '\\?%{URIQUERY}',
    URIPATHPARAM: '%{URIPATH}(?:\\?%{URIQUERY})?',
    URI: '%{URIPROTO}://(?:%{USER}(?::[^@]*)?@)?%{URIHOST}(?:%{URIPATHPARAM})?',
    // Dates
    MONTH:
      '\\b(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sep(?:tember)?|' +
      'Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)\\b',
    MONTHNUM: '0[1-9]|1[0-2]',
    MONTHDAY: '0[1-9]|[12][0-9]|3[01]|[1-9]',
    DAY: '\\b(?:Mon|Tue(?:s)?|Wed(?:nes)?|Thu(?:rs)?|Fri|Sat(?:ur)?|Sun)(?:day)?\\b',
    YEAR: '(?:\\d\\d){1,2}',
    HOUR: '2[0-3]|[01]?[0-9]',
    MINUTE: '[0-5][0-9]',
    SECOND: '(?:[0-5][0-9]|60)(?:[:.,][0-9]+)?',
    TIME: '%{HOUR}:%{MINUTE}(?::%{SECOND})?',
    DATE_US: '%{MONTHNUM}[/-]%{MONTHDAY}[/-]%{YEAR}',
    DATE_EU: '%{MONTHDAY}[./-]%{MONTHNUM}[./-]%{YEAR}',
    DATE: '%{DATE_US}|%{DATE_EU}',
    ISO8601_TIMEZONE: 'Z|[+-]%{HOUR}:?%{MINUTE}',
    ISO8601_SECOND: '%{SECOND}',
    TIMESTAMP_ISO8601: '%{YEAR}-%{MONTHNUM}-%{MONTHDAY}[T ]%{HOUR}:?%{MINUTE}(?::?%{SECOND})?%{ISO8601_TIMEZONE}?',
    TZ: '[PMACE][SED]T|UTC',
    DATESTAMP: '%{DATE}[- ]%{TIME}',
    DATESTAMP_RFC822: '%{DAY} %{MONTH} %{MONTHDAY} %{YEAR} %{TIME} %{TZ}',
    DATESTAMP_RFC2822: '%{DAY}, %{MONTHDAY} %{MONTH} %{YEAR} %{TIME} %{ISO8601_TIMEZONE}',
    DATESTAMP_OTHER: '%{DAY} %{MONTH} %{MONTHDAY} %{TIME} %{TZ} %{YEAR}',
    DATESTAMP_EVENTLOG: '%{YEAR}%{MONTHNUM}%{MONTHDAY}%{HOUR}%{MINUTE}%{SECOND}',
    HTTPDATE: '%{MONTHDAY}/%{MONTH}/%{YEAR}:%{TIME} %{INT}',
    HTTPDERROR_DATE: '%{DAY} %{MONTH} %{MONTHDAY} %{TIME} %{YEAR}',
    // Syslog
    SYSLOGTIMESTAMP: '%{MONTH} +%{MONTHDAY} %{TIME}',
    PROG: '[!-Z\\\\^-~]+',
    SYSLOGPROG: '%{PROG}(?:\\[\\d+\\])?',
    SYSLOGHOST: '%{IPORHOST}',
    SYSLOGFACILITY: '<%{NONNEGINT}.%{NONNEGINT}>',
    SYSLOGBASE: '%{SYSLOGTIMESTAMP:timestamp} (?:%{SYSLOGFACILITY} )?%{SYSLOGHOST:host.hostname} %{SYSLOGPROG}:',
    LOGLEVEL:
      '(?i:alert|trace|debug|notice|info(?:rmation)?|warn(?:ing)?|err(?:or)?|crit(?:ical)?|fatal|severe|' +
      'emerg(?:ency)?)',
    // Web servers
    COMMONAPACHELOG:
      '%{IPORHOST:source.address} (?:-|%{HTTPDUSER:apache.access.user.identity}) (?:-|%{HTTPDUSER:user.name}) ' +
      '\\[%{HTTPDATE:timestamp}\\] "(?:%{WORD:http.request.method} %{NOTSPACE:url.original}' +
      '(?: HTTP/%{NUMBER:http.version})?|%{DATA})" (?:-|%{INT:http.response.status_code:int}) ' +
      '(?:-|%{INT:http.response.body.size:long})',
    COMBINEDAPACHELOG: '%{COMMONAPACHELOG} "(?:-|%{DATA:http.request.referrer})" "(?:-|%{DATA:user_agent.original})"',
    HTTPD_COMMONLOG: '%{COMMONAPACHELOG}',
    HTTPD_COMBINEDLOG: '%{COMBINEDAPACHELOG}',
  }),
);

/** Eight groups of hexadecimal digits; one run of zeros may be left out, the last two may be an IPv4 address. */
function ipv6(): string {
  const group = '[0-9A-Fa-f]{1,4}';
  const last = `(?:${group}:${group}|%{IPV4})`;
  const forms = [`(?:${group}:){6}${last}`];
  for (let before = 5; before >= 0; before--) {
    const behind = 5 - before;
    forms.push(`(?:${group}:){1,${before + 1}}(?::${group}){0,${behind}}:%{IPV4}`);
    forms.push(`(?:${group}:){1,${before + 1}}(?::${group}){1,${behind + 1}}`);
  }
  forms.push(`(?:${group}:){1,7}:`, `:(?::${group}){0,5}:%{IPV4}`, `:(?::${group}){1,7}`, '::');
  return `(?:${forms.join('|')})(?:%[0-9A-Za-z._-]+)?`;
}
