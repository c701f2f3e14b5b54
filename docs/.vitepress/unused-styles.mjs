// Styles of the theme that nothing of this book has, and every page would load: boxes other than details, icons of
// what config.mjs leaves out, and their variables; those of buttons, shadows and colors that none of the rest has.
const BOXES = 'info|note|tip|important|warning|danger|caution'
const COLORS = 'tip|note|important|caution|sponsor|purple|(gray|default|orange|yellow|warning)-\\d|(green|red|success|danger)-[23]'
const UNUSED = {
  'custom-block.css': new RegExp(`^\\.custom-block\\.(${BOXES})\\b[^{}]*\\{[^}]*\\}`, 'gm'),
  'icons.css': /^\.vpi-(square-pen|languages|heart|sparkles) \{[^}]*\}/gm,
  'vars.css': new RegExp(`^ *--vp-(custom-block-(?!info)(${BOXES})|sponsor|carbon-ads|home|badge|code-tab|button|shadow-[245]|c-(${COLORS}))[\\w-]*:[^;]*;`, 'gm'),
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
