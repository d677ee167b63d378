// JSON texts for a schema, as fast-check arbitraries: what fits it, and what does not in every way we know.
import fc from 'fast-check';

const quoted = (text) => JSON.stringify(text);

/// Texts that break parsers, stores and logs; each is a JSON value as written.
export const kNasty = [
    'null',
    'true',
    '0',
    '-1',
    '-0.0',
    '1e400',
    '1E-400',
    '9223372036854775807',
    '9223372036854775808',
    '-9223372036854775809',
    '18446744073709551616',
    '1'.repeat(400),
    '0.1e',
    '01',
    'NaN',
    '""',
    '" "',
    '"\\u0000"',
    '"a\\u0000b"',
    '"\\ud800"',
    '"\\udc00\\ud800"',
    '"\\ud83d\\ude00"',
    '"\u202e\u0007"',
    '"\u0001"',
    '"\\x41"',
    quoted('ä'.repeat(300)),
    quoted('x'.repeat(5000)),
    quoted("' OR 1=1 --"),
    quoted('%s%n%00../../etc/passwd'),
    quoted('<script>alert(1)</script>'),
    '{}',
    '[]',
    '[[]]',
    '[null]',
    '{"":null}',
    '{"a":1,"a":2}',
    '[1,]',
    '{"a":1,}',
    '['.repeat(60) + ']'.repeat(60),
    '{"a":'.repeat(200) + '1' + '}'.repeat(200),
    '['.repeat(3000),
];

const nasty = fc.constantFrom(...kNasty);

/// `sampleOf(format or member name)` may answer an arbitrary of texts for a string; else it is made up.
export function jsonTexts(document, sampleOf) {
    const cache = new Map();

    function resolved(schema) {
        return schema.$ref ? document.components.schemas[schema.$ref.split('/').at(-1)] : schema;
    }

    function strings(schema, name) {
        const known = sampleOf(schema, name);
        if (known) return known;
        const minLength = schema.minLength ?? 0;
        const maxLength = Math.min(schema.maxLength ?? 40, minLength + 40);
        const letters = fc.string({minLength, maxLength, unit: fc.constantFrom(...'abcXYZ019 .-_')});
        return fc.oneof(
            {weight: 4, arbitrary: letters},
            {weight: 1, arbitrary: fc.string({minLength, maxLength, unit: 'grapheme'})},
            {weight: 1, arbitrary: fc.constant('é'.repeat(schema.maxLength ?? 40))},
        );
    }

    /// A text that fits the schema, or nearly.
    function fitting(given, name = '', depth = 0) {
        const schema = resolved(given);
        const key = depth === 0 ? given : undefined;
        if (key && cache.has(key)) return cache.get(key);
        const made = make(schema, name, depth);
        if (key) cache.set(key, made);
        return made;
    }

    function make(schema, name, depth) {
        if (depth > 6) return fc.constant('null');
        if (schema.enum) return fc.constantFrom(...schema.enum.map((word) => JSON.stringify(word)));
        const choices = schema.anyOf ?? schema.oneOf;
        if (choices) return fc.oneof(...choices.map((one) => fitting(one, name, depth + 1)));
        const types = [schema.type ?? 'object'].flat();
        return fc.oneof(...types.map((type) => ofType(type, schema, name, depth)));
    }

    function ofType(type, schema, name, depth) {
        switch (type) {
            case 'null':
                return fc.constant('null');
            case 'boolean':
                return fc.constantFrom('true', 'false');
            case 'integer':
                return fc
                    .integer({min: schema.minimum ?? 0, max: schema.maximum ?? 1000})
                    .map((number) => String(number));
            case 'number':
                return fc
                    .double({min: schema.minimum ?? 0, max: schema.maximum ?? 10, noNaN: true})
                    .map((number) => JSON.stringify(number));
            case 'string':
                return strings(schema, name).map(quoted);
            case 'array':
                return fc
                    .array(mostly(fitting(schema.items ?? {}, name, depth + 1)), {
                        minLength: schema.minItems ?? 0,
                        maxLength: Math.max(schema.minItems ?? 0, 3),
                    })
                    .map((items) => `[${items.join()}]`);
            default:
                return objects(schema, depth);
        }
    }

    function objects(schema, depth) {
        const required = new Set(schema.required ?? []);
        const members = Object.entries(schema.properties ?? {}).map(([name, member]) =>
            fc
                .tuple(
                    fc.integer({min: 0, max: 99}),
                    mostly(fitting(member, name, depth + 1)),
                )
                .map(([chance, text]) => {
                    const there = required.has(name) ? chance < 97 : chance < 40;
                    if (!there) return [];
                    const pair = `${quoted(name)}:${text}`;
                    return chance === 1 ? [pair, pair] : [pair];
                }),
        );
        const unknown = fc
            .tuple(fc.integer({min: 0, max: 99}), nasty)
            .map(([chance, text]) => (chance < 3 ? [`"no_such_member":${text}`] : []));
        return fc.tuple(...members, unknown).map((parts) => `{${parts.flat().join()}}`);
    }

    /// Now and then something else stands where a value should be.
    function mostly(arbitrary) {
        return fc.oneof({weight: 40, arbitrary}, {weight: 1, arbitrary: nasty});
    }

    return (schema) => fitting(schema);
}
