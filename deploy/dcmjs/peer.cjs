// A foreign DICOM peer for the tests: dcmjs-dimse (MIT), an implementation that shares nothing with ours, DCMTK or Orthanc.
//
//   node peer.cjs scu JSON   sends requests over one association and prints every response
//   node peer.cjs scp JSON   answers on a port and prints every request
//
// Each event is one line of JSON. NODE_PATH names the modules (deploy/dcmjs.sh).
'use strict';

const fs = require('node:fs');
const dimse = require('dcmjs-dimse');

const { Client, Dataset, Scp, Server } = dimse;
const { requests, responses } = dimse;
const { PresentationContextResult, Status, TransferSyntax, UserIdentityType } = dimse.constants;
dimse.log.setLevel('error');

const say = (event) => fs.writeSync(1, `${JSON.stringify(event)}\n`);
const elements = (message) => (message.hasDataset() ? message.getDataset().getElements() : undefined);
const hex = (n) => n.toString(16).padStart(4, '0').toUpperCase();

/** One request of the library from its description. */
function requestOf(d) {
  const find = (make) => make(d.keys ?? {});
  switch (d.do) {
    case 'echo':
      return new requests.CEchoRequest();
    case 'store':
      return new requests.CStoreRequest(d.file);
    case 'find':
      return find(
        {
          study: requests.CFindRequest.createStudyFindRequest,
          series: requests.CFindRequest.createSeriesFindRequest,
          image: requests.CFindRequest.createImageFindRequest,
          worklist: requests.CFindRequest.createWorklistFindRequest,
        }[d.level],
      );
    case 'move':
      return requests.CMoveRequest.createStudyMoveRequest(d.to, d.study);
    case 'get':
      return requests.CGetRequest.createStudyGetRequest(d.study);
    case 'create':
      return withDataset(new requests.NCreateRequest(d.class, d.instance), d.dataset);
    case 'set':
      return withDataset(new requests.NSetRequest(d.class, d.instance), d.dataset);
    case 'getStep':
      return new requests.NGetRequest(d.class, d.instance, d.tags ?? []);
    case 'action':
      return withDataset(new requests.NActionRequest(d.class, d.instance, d.type), d.dataset);
    case 'event':
      return withDataset(new requests.NEventReportRequest(d.class, d.instance, d.type), d.dataset);
  }
  throw new Error(`no such request: ${d.do}`);
}

function withDataset(request, dataset) {
  request.setDataset(new Dataset(dataset));
  return request;
}

function scu(o) {
  const client = new Client();
  for (const [n, d] of o.requests.entries()) {
    const request = requestOf(d);
    request.on('response', (r) => {
      const counts = r.getCompleted && {
        completed: r.getCompleted(),
        failed: r.getFailures(),
        remaining: r.getRemaining(),
      };
      say({ n, status: hex(r.getStatus()), pending: r.getStatus() === Status.Pending, dataset: elements(r), ...counts });
    });
    client.addRequest(request);
  }
  client.on('cStoreRequest', (request, callback) => {
    say({ got: 'C-STORE', instance: request.getAffectedSopInstanceUid(), dataset: short(elements(request)) });
    const response = responses.CStoreResponse.fromRequest(request);
    response.setStatus(Status.Success);
    callback(response);
  });
  client.on('nEventReportRequest', (request, callback) => {
    say({ got: 'N-EVENT-REPORT', type: request.getEventTypeId(), dataset: elements(request) });
    const response = responses.NEventReportResponse.fromRequest(request);
    response.setStatus(Status.Success);
    callback(response);
  });
  client.on('associationRejected', (r) => say({ rejected: r }));
  client.on('networkError', (e) => say({ error: String(e) }));
  client.on('closed', () => say({ closed: true }));
  client.send(o.host ?? '127.0.0.1', o.port, o.calling, o.called, {
    associationLingerTimeout: o.linger,
    securityOptions: o.tls && tlsOf(o.tls),
    userIdentity: o.user && {
      type: UserIdentityType.UsernameAndPasscode,
      positiveResponseRequested: true,
      primaryField: o.user,
      secondaryField: o.passcode,
    },
  });
}

const tlsOf = (t) => ({
  key: fs.readFileSync(t.key),
  cert: fs.readFileSync(t.cert),
  ca: fs.readFileSync(t.ca),
  requestCert: true,
  rejectUnauthorized: true,
});

/** What is told of an object: not its pixels. */
function short(d) {
  if (!d) return d;
  const { PixelData, _vrMap, ...rest } = d;
  return { ...rest, pixels: PixelData ? true : undefined };
}

function scp(o) {
  const ok = (Response, request) => {
    const response = Response.fromRequest(request);
    response.setStatus(o.refuse?.[request.getType?.()] ?? Status.Success);
    return response;
  };
  class Peer extends Scp {
    associationRequested(association) {
      this.association = association;
      say({ association: association.getCallingAeTitle(), called: association.getCalledAeTitle() });
      for (const { id } of association.getPresentationContexts()) {
        const context = association.getPresentationContext(id);
        if (o.without?.includes(context.getAbstractSyntaxUid())) {
          context.setResult(PresentationContextResult.RejectAbstractSyntaxNotSupported);
          continue;
        }
        const takes = context
          .getTransferSyntaxUids()
          .find((ts) => ts === TransferSyntax.ExplicitVRLittleEndian || ts === TransferSyntax.ImplicitVRLittleEndian);
        if (takes) context.setResult(PresentationContextResult.Accept, takes);
        else context.setResult(PresentationContextResult.RejectTransferSyntaxesNotSupported);
      }
      this.sendAssociationAccept();
    }
    associationReleaseRequested() {
      this.sendAssociationReleaseResponse();
    }
    told(type, request, more) {
      say({
        got: type,
        class: request.getAffectedSopClassUid?.() ?? request.getRequestedSopClassUid?.(),
        instance: request.getAffectedSopInstanceUid?.() ?? request.getRequestedSopInstanceUid?.(),
        dataset: short(elements(request)),
        ...more,
      });
    }
    cEchoRequest(request, callback) {
      this.told('C-ECHO', request);
      callback(ok(responses.CEchoResponse, request));
    }
    cStoreRequest(request, callback) {
      this.told('C-STORE', request);
      callback(ok(responses.CStoreResponse, request));
    }
    cFindRequest(request, callback) {
      this.told('C-FIND', request);
      const answers = (o.answers ?? []).map((dataset) => {
        const pending = responses.CFindResponse.fromRequest(request);
        pending.setDataset(new Dataset(dataset));
        pending.setStatus(Status.Pending);
        return pending;
      });
      callback([...answers, ok(responses.CFindResponse, request)]);
    }
    cMoveRequest(request, callback) {
      this.told('C-MOVE', request);
      const client = new Client();
      for (const file of o.files ?? []) client.addRequest(new requests.CStoreRequest(file));
      client.on('closed', () => {
        const response = ok(responses.CMoveResponse, request);
        response.setCompleted(o.files.length);
        callback([response]);
      });
      client.on('networkError', (e) => say({ error: String(e) }));
      client.send('127.0.0.1', o.destinations[request.getMoveDestination?.() ?? Object.keys(o.destinations)[0]], o.aet, Object.keys(o.destinations)[0]);
    }
    cGetRequest(request, callback) {
      this.told('C-GET', request);
      const files = o.files ?? [];
      let done = 0;
      this.sendRequests(
        files.map((file) => {
          const store = new requests.CStoreRequest(file);
          store.on('response', () => {
            if (++done < files.length) return;
            const response = ok(responses.CGetResponse, request);
            response.setCompleted(done);
            callback([response]);
          });
          return store;
        }),
      );
    }
    nCreateRequest(request, callback) {
      this.told('N-CREATE', request);
      callback(ok(responses.NCreateResponse, request));
    }
    nSetRequest(request, callback) {
      this.told('N-SET', request);
      callback(ok(responses.NSetResponse, request));
    }
    nEventReportRequest(request, callback) {
      this.told('N-EVENT-REPORT', request, { type: request.getEventTypeId() });
      callback(ok(responses.NEventReportResponse, request));
    }
    nActionRequest(request, callback) {
      this.told('N-ACTION', request, { type: request.getActionTypeId() });
      callback(ok(responses.NActionResponse, request));
      if (o.report) this.report(request.getDataset().getElements());
    }
    /** The outcome of a storage commitment, on an association of its own. */
    report(asked) {
      const client = new Client();
      const event = new requests.NEventReportRequest('1.2.840.10008.1.20.1', '1.2.840.10008.1.20.1.1', 1);
      event.setDataset(new Dataset({ TransactionUID: asked.TransactionUID, ReferencedSOPSequence: asked.ReferencedSOPSequence }));
      event.on('response', (r) => say({ reported: hex(r.getStatus()) }));
      client.addRequest(event);
      client.on('networkError', (e) => say({ error: String(e) }));
      client.on('associationRejected', (r) => say({ rejected: r }));
      client.send('127.0.0.1', o.report.port, o.aet, o.report.called);
    }
  }
  const server = new Server(Peer);
  server.on('networkError', (e) => say({ error: String(e) }));
  server.listen(o.port, { securityOptions: o.tls && tlsOf(o.tls) });
  say({ listening: o.port });
}

const [, , role, options] = process.argv;
({ scu, scp })[role](JSON.parse(options));
