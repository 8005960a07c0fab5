import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  batchPath,
  flowListPath,
  marksPath,
  flowPath,
  matchRoute,
  metricPath,
  serverInfoPath,
} from '../../../src/contract/routes';

const pathOf = (path: string): string => new URL(path, 'http://x').pathname;

describe('routes', () => {
  const version = 'v26.0';

  it('are matched as they are built', () => {
    assert.deepEqual(matchRoute('GET', pathOf(serverInfoPath(version))), { name: 'serverInfo', version });
    assert.deepEqual(matchRoute('POST', pathOf(batchPath(version))), { name: 'batch', version });
    assert.deepEqual(matchRoute('GET', pathOf(flowPath(version, '12'))), { name: 'node', version, id: '12' });
    const query = { flowId: '12', metric: 'ENDPOINT_AVAILABILITY', granularity: 'DAY' } as const;
    assert.deepEqual(matchRoute('GET', pathOf(metricPath(version, query))), { name: 'node', version, id: '12' });
    assert.deepEqual(matchRoute('GET', pathOf(flowListPath(version, '9', { limit: 5, after: 'a/b?c' }))), {
      name: 'flowList',
      version,
      businessAccountId: '9',
    });
  });

  it('read any version', () => {
    for (const one of ['v1.0', 'v16.0', 'v999.99']) assert.equal(matchRoute('GET', `/${one}/12`)?.version, one);
    for (const path of ['/12', '/v26/12', '/V26.0/12', '/v26.0', '//v26.0/12', '/v26.0/12/flows/x', '/v26.0/me', '/']) {
      assert.equal(matchRoute('GET', path), undefined, path);
    }
  });

  it('are bound to their method', () => {
    assert.equal(matchRoute('POST', '/v26.0/12'), undefined);
    assert.equal(matchRoute('DELETE', '/v26.0/12'), undefined);
    assert.equal(matchRoute('GET', '/v26.0/'), undefined);
    assert.equal(matchRoute('POST', marksPath(version))?.name, 'addMark');
    assert.equal(matchRoute('GET', marksPath(version))?.name, 'markList');
    assert.equal(matchRoute('GET', '/v26.0/events'), undefined);
    assert.equal(matchRoute('POST', '/v26.0/12/flows'), undefined);
  });

  it('carry cursors and fields safely', () => {
    const url = new URL(
      flowListPath(version, '9', { fields: ['id', 'name'], limit: 100, after: 'a&limit=1#b' }),
      'http://x',
    );
    assert.equal(url.searchParams.get('after'), 'a&limit=1#b');
    assert.equal(url.searchParams.get('limit'), '100');
    assert.ok(url.search.includes('fields=id,name&'));
  });

  it('never throw, and give ids of digits only', () => {
    fc.assert(
      fc.property(fc.constantFrom('GET', 'POST'), fc.webPath(), fc.string(), (method, path, text) => {
        for (const one of [path, `/v1.0${path}`, `/v1.0/${text}`, `/v1.0/${text}/flows`]) {
          const route = matchRoute(method, one);
          if (route?.name === 'node') assert.match(route.id, /^\d{1,20}$/);
          if (route?.name === 'flowList') assert.match(route.businessAccountId, /^\d{1,20}$/);
        }
      }),
    );
  });
});
