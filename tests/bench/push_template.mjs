// A push as GitHub sends it, of a wanted size. Each run of twelve `@` is where a push's number goes.
const kNumber = '@'.repeat(12);

export const kRepository = 'https://github.com/shop/ledger';

const commitId = (tail) => `a94d5be7c1320f6e8d7b4c59a0e1${tail}`;

function commit(index) {
    const id = commitId(String(index).padStart(12, '0'));
    const person = {name: 'R. Keller', email: 'rkeller@example.com', username: 'rkeller'};
    return {id, tree_id: id, distinct: true, message: `Round once, at the end (${index})`,
            timestamp: '2025-01-15T10:00:00Z', url: `${kRepository}/commit/${id}`, author: person, committer: person,
            added: [], removed: [], modified: [`src/ledger/rounding_${index}.cpp`, `tests/rounding_${index}_test.cpp`]};
}

/// JSON text of exactly that many bytes.
export function pushTemplate(bytes) {
    const push = {
        ref: `refs/heads/bench-${kNumber}`, before: commitId('0'.repeat(12)), after: commitId(kNumber),
        created: false, deleted: false, forced: false, base_ref: null,
        compare: `${kRepository}/compare/3f1c9a52be0d...a94d5be7c132`,
        repository: {id: 186853002, name: 'ledger', full_name: 'shop/ledger', private: true, html_url: kRepository,
                     url: kRepository, git_url: 'git://github.com/shop/ledger.git',
                     ssh_url: 'git@github.com:shop/ledger.git', clone_url: `${kRepository}.git`,
                     svn_url: kRepository, default_branch: 'main'},
        pusher: {name: 'rkeller', email: 'rkeller@example.com'},
        sender: {login: 'rkeller', id: 12, type: 'User'},
        commits: [], head_commit: {...commit(0), message: ''},
    };
    const missing = () => bytes - JSON.stringify(push).length;
    while (missing() > JSON.stringify(commit(99)).length + 1) push.commits.push(commit(push.commits.length));
    push.head_commit.message = 'x'.repeat(missing());
    return JSON.stringify(push);
}
