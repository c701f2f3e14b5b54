// Styles of the theme that nothing of this book has, and every page would load: boxes other than details, icons of
// what config.mjs leaves out, and their variables.
const BOXES = 'info|note|tip|important|warning|danger|caution'
const UNUSED = {
  'custom-block.css': new RegExp(`^\\.custom-block\\.(${BOXES})\\b[^{}]*\\{[^}]*\\}`, 'gm'),
  'icons.css': /^\.vpi-(square-pen|languages|heart|sparkles) \{[^}]*\}/gm,
  'vars.css': new RegExp(`^ *--vp-(custom-block-(?!info)(${BOXES})|sponsor|carbon-ads|home|badge|code-tab)[\\w-]*:[^;]*;`, 'gm'),
}

/** A Vite plugin. It stops the build when VitePress no longer has what it takes out. */
export const unusedStyles = () => ({
  name: 'unused-styles',
  enforce: 'pre',
  transform(css, id) {
    const [, name] = /\/theme-default\/styles\/(?:.*\/)?([\w-]+\.css)$/.exec(id) ?? []
    if (!UNUSED[name]) return
    const rest = css.replace(UNUSED[name], '')
    if (rest === css) throw new Error(`VitePress's ${name} has changed: see unused-styles.mjs`)
    return rest
  },
})
