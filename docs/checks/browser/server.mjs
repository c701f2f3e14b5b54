// Serves a built site under a path, as a plain web host does.
import { createReadStream, existsSync, readFileSync, statSync } from 'node:fs'
import { createServer } from 'node:http'
import { extname, join, normalize } from 'node:path'
import { gzipSync } from 'node:zlib'

const TYPES = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml', '.json': 'application/json', '.woff2': 'font/woff2', '.png': 'image/png' }
const PACKED = new Set(['.html', '.js', '.css', '.svg', '.json'])

/** Starts a server on a free port. Resolves to {url, close}; the URL ends with the base. */
export function serve(dir, base = '/') {
  const server = createServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url, 'http://localhost').pathname)
    const inside = path.startsWith(base) ? normalize(path.slice(base.length)) : '..'
    const file = join(dir, inside.endsWith('/') || inside === '.' || inside === '' ? join(inside, 'index.html') : inside)
    if (inside.startsWith('..') || !existsSync(file) || !statSync(file).isFile()) {
      response.writeHead(404).end('not found')
      return
    }
    const type = extname(file)
    const headers = { 'content-type': TYPES[type] ?? 'application/octet-stream', 'cache-control': 'max-age=600' }
    if (PACKED.has(type)) response.writeHead(200, { ...headers, 'content-encoding': 'gzip' }).end(gzipSync(readFileSync(file)))
    else {
      response.writeHead(200, headers)
      createReadStream(file).pipe(response)
    }
  })
  return new Promise((done) => server.listen(0, '127.0.0.1', () => done({ url: `http://127.0.0.1:${server.address().port}${base}`, close: () => server.close() })))
}
