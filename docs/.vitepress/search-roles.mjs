// VitePress's search box is a button that holds a form, and its options hold links: screen readers flatten
// both. It becomes a dialog, and each link is itself the option. Keys and clicks work as before.
const CHANGES = [
  ['role="button"\n', 'role="dialog"\n      aria-modal="true"\n'],
  [`      :aria-owns="results?.length ? 'localsearch-list' : undefined"\n      aria-expanded="true"\n      aria-haspopup="listbox"\n`, ''],
  [
    `            :id="'localsearch-item-' + index"\n            :aria-selected="selectedIndex === index ? 'true' : 'false'"\n            role="option"\n`,
    '            role="presentation"\n',
  ],
  [
    `:aria-label="[...p.titles, p.title].join(' > ')"`,
    `:id="'localsearch-item-' + index"\n              :aria-selected="selectedIndex === index ? 'true' : 'false'"\n              role="option"\n              tabindex="-1"`,
  ],
  ['<kbd :aria-label', '<kbd role="img" :aria-label'],
]

/** A Vite plugin. It stops the build when VitePress has changed what it changes. */
export const searchRoles = () => ({
  name: 'search-roles',
  enforce: 'pre',
  transform(code, id) {
    if (!id.endsWith('/VPLocalSearchBox.vue')) return
    return CHANGES.reduce((text, [from, to]) => {
      if (!text.includes(from)) throw new Error(`VitePress's search box has changed: see search-roles.mjs, ${from}`)
      return text.replaceAll(from, to)
    }, code)
  },
})
