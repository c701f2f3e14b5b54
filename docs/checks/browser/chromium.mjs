import { chromium } from 'playwright-core'

/** Starts the machine's Chromium, or the one that CHROMIUM names, with nothing of the user's and no chatter. */
export const launch = () =>
  chromium.launch({
    executablePath: process.env.CHROMIUM || '/usr/bin/chromium',
    chromiumSandbox: false,
    args: ['--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  })
