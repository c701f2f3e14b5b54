// Figures as the chart says them.

/** Two digits count; more would be noise. */
const short = (value) => Number(value.toPrecision(value >= 100 ? 3 : 2)).toLocaleString('en-US')

export const time = (ms) => (ms >= 1000 ? `${short(ms / 1000)} s` : `${short(ms)} ms`)

const UNITS = ['B', 'kB', 'MB', 'GB']
export function bytes(n) {
  const power = Math.min(UNITS.length - 1, Math.floor(Math.log10(Math.max(1, n)) / 3))
  return `${short(n / 1000 ** power)} ${UNITS[power]}`
}

export const count = (n) => (n >= 1_000_000 ? `${n / 1_000_000} million` : `${n / 1000} thousand`)
export const whole = (n) => n.toLocaleString('en-US')
