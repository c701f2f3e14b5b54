// Checks a trace: first its form by the JSON Schema that the site publishes, then what a schema can't say.

const KEYWORDS = new Set(['$schema', '$id', '$defs', '$ref', 'title', 'description', 'type', 'const', 'enum', 'minimum', 'minLength', 'items', 'minItems', 'properties', 'required', 'additionalProperties', 'oneOf'])

const typeOf = (value) => (value === null ? 'null' : Array.isArray(value) ? 'array' : Number.isInteger(value) ? 'integer' : typeof value)
const show = (value) => {
  const text = JSON.stringify(value) ?? String(value)
  return text.length > 40 ? `${text.slice(0, 40)}…` : text
}

const withArticle = (type) => (type === 'null' ? type : `${/^[aio]/.test(type) ? 'an' : 'a'} ${type}`)

/** Returns what is wrong by the schema, as sentences. Knows the keywords that the trace schema uses; others throw. */
export function validate(value, schema, path = 'the trace', root = schema) {
  for (const keyword of Object.keys(schema)) if (!KEYWORDS.has(keyword)) throw new Error(`The validator does not know the keyword ${keyword}`)
  if (schema.$ref) return validate(value, root.$defs[schema.$ref.replace('#/$defs/', '')], path, root)
  if ('const' in schema && value !== schema.const) return [`${path} must be ${show(schema.const)}, and is ${show(value)}`]
  if (schema.enum && !schema.enum.includes(value)) return [`${path} must be one of ${schema.enum.map(show).join(', ')}, and is ${show(value)}`]
  if (schema.type) {
    const types = [schema.type].flat()
    const actual = typeOf(value)
    if (!types.includes(actual) && !(actual === 'integer' && types.includes('number'))) return [`${path} must be ${types.map(withArticle).join(' or ')}, and is ${show(value)}`]
  }
  const problems = []
  if (typeof value === 'number' && value < schema.minimum) problems.push(`${path} must be ${schema.minimum} or more, and is ${value}`)
  if (typeof value === 'string' && value.length < schema.minLength) problems.push(`${path} must not be empty`)
  if (Array.isArray(value)) {
    if (value.length < schema.minItems) problems.push(`${path} must have ${schema.minItems} or more entries`)
    if (schema.items) value.forEach((item, index) => problems.push(...validate(item, schema.items, `${path}[${index}]`, root)))
  } else if (value && typeof value === 'object') {
    for (const name of schema.required ?? []) if (!(name in value)) problems.push(`${path} lacks ${name}`)
    for (const [name, item] of Object.entries(value)) {
      if (schema.properties?.[name]) problems.push(...validate(item, schema.properties[name], path === 'the trace' ? name : `${path}.${name}`, root))
      else if (schema.additionalProperties === false) problems.push(`${path} has ${name}, which is not in the schema`)
    }
  }
  if (schema.oneOf) problems.push(...oneOf(value, schema.oneOf, path, root))
  return problems
}

// The branches differ by the constant in `type`: naming that one gives a message that helps.
function oneOf(value, branches, path, root) {
  const known = branches.map((branch) => (branch.$ref ? root.$defs[branch.$ref.replace('#/$defs/', '')] : branch))
  const branch = known.find((b) => b.properties?.type?.const === value?.type)
  if (!branch) return [`${path}.type must be one of ${known.map((b) => b.properties?.type?.const).join(', ')}, and is ${show(value?.type)}`]
  return validate(value, branch, path, root)
}

/** Returns what is wrong with a trace, as sentences: [] if nothing is. */
export function checkTrace(trace, schema) {
  const problems = validate(trace, schema)
  if (problems.length) return problems
  const generated = new Set()
  const started = new Set()
  let at = 0
  trace.events.forEach((event, index) => {
    const where = `events[${index}] (${event.type})`
    if (event.at < at && event.type !== 'recovered') problems.push(`${where}: time goes back from ${at} to ${event.at}; only a recovery may do that`)
    at = event.at
    if (event.type === 'batchGenerated') generated.add(event.batch)
    else if (event.type === 'batchStarted') {
      if (!generated.has(event.batch)) problems.push(`${where}: batch ${event.batch} starts before it is generated`)
      started.add(event.batch)
    } else if (['jobStarted', 'jobCompleted', 'task', 'output', 'batchCompleted'].includes(event.type) && !started.has(event.batch)) {
      problems.push(`${where}: batch ${event.batch} has not started`)
    }
    if (event.type === 'crash') {
      generated.clear()
      started.clear()
    }
  })
  return problems
}

/** Reads the text of a trace file. Returns {trace} or {problems}. */
export function readTrace(text, schema) {
  let trace
  try {
    trace = JSON.parse(text)
  } catch (error) {
    return { problems: [`This is not JSON: ${error.message}`] }
  }
  const problems = checkTrace(trace, schema)
  return problems.length ? { problems } : { trace }
}
