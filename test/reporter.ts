import type { Reporter, TestModule } from 'vitest/node';

/** Closes every run with the one plain line that CI and people read: `N passed, N failed`. */
export default class TallyReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly unknown[]): void {
    let passed = 0;
    let failed = unhandled.length;
    for (const module of modules) {
      let ownFailures = 0;
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        if (state === 'passed') passed++;
        else if (state === 'failed') ownFailures++;
      }
      // A file that could not be collected has no tests, and is still a failure.
      if (ownFailures === 0 && !module.ok()) ownFailures = 1;
      failed += ownFailures;
    }
    console.log(`${passed} passed, ${failed} failed`);
  }
}
