// VitePress renders a tag that nobody knows as nothing at all. Here it stops the build.
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { isHTMLTag, isSVGTag } from '@vue/shared'
import { docsDir } from './pages.mjs'

const BUILT_IN = ['ClientOnly', 'Content']

/** Returns the names that a page may use as tags: the theme's components and VitePress's own. */
export function knownComponents(dir = join(docsDir, '.vitepress/theme/components')) {
  return new Set([...BUILT_IN, ...readdirSync(dir).filter((f) => f.endsWith('.vue')).map((f) => f.slice(0, -4))])
}

/** Returns the tags in a piece of HTML that are neither HTML, SVG nor a known component. */
export function unknownTags(html, known = knownComponents()) {
  const tags = [...html.replace(/<!--[^]*?-->/g, '').matchAll(/<\/?([A-Za-z][\w.-]*)/g)].map((match) => match[1])
  return [...new Set(tags)].filter((tag) => !known.has(tag) && !isHTMLTag(tag) && !isSVGTag(tag) && tag !== 'template')
}

/** A markdown-it rule that throws at a tag that is not known. */
export function refuseUnknownTags(md) {
  const known = knownComponents()
  md.core.ruler.push('unknown-tags', (state) => {
    const walk = (tokens) => {
      for (const token of tokens) {
        if (token.type === 'html_block' || token.type === 'html_inline') {
          const [tag] = unknownTags(token.content, known)
          if (tag) {
            const line = token.map ? `, about line ${token.map[0] + 1}` : ''
            throw new Error(
              `Unknown tag <${tag}> in ${state.env.relativePath ?? 'a page'}${line}. ` +
                `Write code as \`code\`; components are: ${[...known].join(', ')}.`,
            )
          }
        }
        if (token.children) walk(token.children)
      }
    }
    walk(state.tokens)
  })
}
