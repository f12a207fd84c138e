import { cpuScraper } from './cpu.js';
import { diskScraper } from './disk.js';
import { filesystemScraper } from './filesystem.js';
import type { HostScraper } from './host-scraper.js';
import { loadScraper } from './load.js';
import { memoryScraper } from './memory.js';
import { networkScraper } from './network.js';
import { nfsScraper } from './nfs/nfs.js';
import { pagingScraper } from './paging.js';
import { processScraper } from './process/process.js';
import { processesScraper } from './processes.js';
import { systemScraper } from './system.js';

/** Every scraper there is. */
export const hostScrapers: readonly HostScraper[] = [
  cpuScraper,
  loadScraper,
  memoryScraper,
  diskScraper,
  filesystemScraper,
  networkScraper,
  pagingScraper,
  processesScraper,
  processScraper,
  systemScraper,
  nfsScraper,
];
