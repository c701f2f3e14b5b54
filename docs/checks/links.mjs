// Over the built HTML: links and anchors that lead nowhere, and resources from elsewhere.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join, posix } from 'node:path'

const decode = (text) => text.replaceAll('&amp;', '&').replaceAll('&quot;', '"').replaceAll('&#39;', "'").replaceAll('&lt;', '<').replaceAll('&gt;', '>')
const EXTERNAL = /^(?:[a-z][a-z+.-]*:)?\/\//i

function filesOf(dir, ending, prefix = '') {
  return readdirSync(dir, { withFileTypes: true }).flatMap((entry) => {
    const name = posix.join(prefix, entry.name)
    return entry.isDirectory() ? filesOf(join(dir, entry.name), ending, name) : name.endsWith(ending) ? [name] : []
  })
}

/** Returns the tags of a document with their attributes: [{tag, attributes}]. Comments and scripts' texts are left out. */
export function tagsOf(html) {
  const plain = html.replace(/<!--[^]*?-->/g, '').replace(/(<script\b[^>]*>)[^]*?<\/script>/g, '$1')
  return [...plain.matchAll(/<([a-zA-Z][\w-]*)((?:\s+[^\s=>"']+(?:=(?:"[^"]*"|'[^']*'|[^\s>]+))?)*)\s*\/?>/g)].map(([, tag, rest]) => ({
    tag: tag.toLowerCase(),
    attributes: Object.fromEntries(
      [...rest.matchAll(/([^\s=>"']+)(?:=(?:"([^"]*)"|'([^']*)'|([^\s>]+)))?/g)].map(([, name, a, b, c]) => [name.toLowerCase(), decode(a ?? b ?? c ?? '')]),
    ),
  }))
}

/** Returns what is wrong with a built site, as sentences. `base` is the path it is served under. */
export function checkLinks(dist, base = '/') {
  const problems = new Set()
  const pages = new Map(filesOf(dist, '.html').map((name) => [name, tagsOf(readFileSync(join(dist, name), 'utf8'))]))
  const ids = new Map([...pages].map(([name, tags]) => [name, new Set(tags.flatMap((t) => [t.attributes.id, t.tag === 'a' ? t.attributes.name : undefined]).filter(Boolean))]))

  for (const [name, tags] of pages) {
    for (const { tag, attributes } of tags) {
      const loads = [
        tag !== 'a' && tag !== 'link' && attributes.src,
        tag === 'link' && attributes.rel !== 'canonical' && attributes.href,
        attributes.poster,
        tag === 'object' && attributes.data,
        tag === 'image' && (attributes.href ?? attributes['xlink:href']),
        ...(attributes.srcset ?? '').split(',').map((s) => s.trim().split(' ')[0]),
      ].filter(Boolean)
      for (const url of loads) {
        if (EXTERNAL.test(url)) problems.add(`${name} loads ${url}: the site loads nothing from elsewhere`)
        else if (!url.startsWith('data:') && !found(resolveUrl(url, name))) problems.add(`${name} loads ${url}, which is not there`)
      }
      if (/url\(\s*["']?(https?:)?\/\//i.test(attributes.style ?? '')) problems.add(`${name} loads an image by a style: ${attributes.style}`)
      if (tag === 'a' && attributes.href !== undefined) checkHref(name, attributes.href)
    }
  }
  for (const name of filesOf(dist, '.css')) {
    const css = readFileSync(join(dist, name), 'utf8')
    const [away] = /(?:url\(\s*["']?|@import\s+["'])(?:https?:)?\/\/[^"')\s]*/i.exec(css) ?? []
    if (away) problems.add(`${name} loads ${away}: the site loads nothing from elsewhere`)
  }
  return [...problems]

  function checkHref(name, href) {
    if (EXTERNAL.test(href) || /^(mailto|tel|data|javascript):/i.test(href)) return
    const [path, hash] = href.split('#')
    const target = path ? resolveUrl(path, name) : name
    const page = found(target)
    if (!page) problems.add(`${name} links to ${href}, which is not there`)
    else if (hash && ids.has(page) && !ids.get(page).has(decodeURIComponent(hash))) problems.add(`${name} links to ${href}, but there is no such anchor`)
  }

  /** Returns the path inside dist, or null if it is outside the base. */
  function resolveUrl(url, from) {
    const absolute = posix.resolve(posix.join(base, posix.dirname(from)), decodeURIComponent(url.split(/[?#]/)[0]))
    const withSlash = url.endsWith('/') ? `${absolute}/`.replace('//', '/') : absolute
    if (`${withSlash}/` === base) return ''
    return withSlash.startsWith(base) ? withSlash.slice(base.length) : null
  }

  function found(path) {
    if (path === null) return null
    return [path, posix.join(path, 'index.html'), `${path}.html`].find((p) => p && existsSync(join(dist, p)) && statSync(join(dist, p)).isFile()) ?? null
  }
}
