/** One party of a measured call: the call library without the application around it. Driven through window.party. */
import { createCall } from '../app/src/call/index.ts';

const peers = [];
const Real = window.RTCPeerConnection;
window.RTCPeerConnection = class extends Real {
  constructor(...args) {
    super(...args);
    peers.push(this);
  }
};

/** Milliseconds since the epoch: the pages of one machine share this clock. */
const wall = () => performance.timeOrigin + performance.now();

const party = {
  call: null,
  joined: 0,
  firstFrame: 0,
  trace: [],
  series: [],
  elements: new Map(),
  local: null,

  /** Opens camera and microphone before the measured moment, as a device check does. */
  async prepare({ width, height, rate }) {
    this.local = await navigator.mediaDevices.getUserMedia({
      audio: { echoCancellation: false, noiseSuppression: false, autoGainControl: false },
      video: { width, height, frameRate: rate },
    });
  },

  join({ ticket, transport }) {
    const [mic = null] = this.local?.getAudioTracks() ?? [];
    const [camera = null] = this.local?.getVideoTracks() ?? [];
    this.call = createCall({ url: '/rtc', ticket, mic, camera, transport, device: 'bench' });
    this.call.on('trace', (t) => this.trace.push({ ...t, after: Math.round(wall() - this.joined) }));
    this.call.subscribe(() => this.show());
    this.joined = wall();
    this.call.join();
    return this.joined;
  },

  show() {
    for (const person of this.call.snapshot().people) {
      for (const [source, stream] of Object.entries(person.streams)) {
        if (stream) this.play(person.id, source, source === 'mic' ? 'audio' : 'video', stream);
      }
    }
  },

  play(from, source, kind, stream) {
    const name = `${from}/${source}`;
    let element = this.elements.get(name);
    if (!element) {
      element = document.createElement(kind);
      element.autoplay = true;
      if (kind === 'video') {
        element.muted = true;
        element.playsInline = true;
        element.style.cssText = 'position: fixed; top: 0; left: 0; width: 640px; height: 480px';
        const seen = (_, { width }) => {
          if (width > 2) this.firstFrame ||= wall();
          else element.requestVideoFrameCallback(seen); // a stream that ended shows a black point
        };
        element.requestVideoFrameCallback(seen);
      }
      document.body.append(element);
      if (kind === 'video') this.call.showing(element, { from, source, main: true });
      this.elements.set(name, element);
    }
    if (element.srcObject !== stream) {
      element.srcObject = stream;
      void element.play().catch(() => undefined);
    }
  },

  /** What has been received up to now, over all transports. */
  async received() {
    const sum = {
      at: wall(),
      frames: 0,
      freezes: 0,
      frozen: 0,
      width: 0,
      videoBytes: 0,
      videoPackets: 0,
      videoLost: 0,
      nacks: 0,
      plis: 0,
      jitterBuffer: 0,
      samples: 0,
      concealed: 0,
      silent: 0,
      audioPackets: 0,
      audioLost: 0,
      audioBytes: 0,
      rtt: 0,
      path: '',
    };
    for (const pc of peers) {
      if (pc.connectionState === 'closed') continue;
      const all = await pc.getStats();
      for (const r of all.values()) {
        if (r.type === 'inbound-rtp' && r.kind === 'video') {
          sum.frames += r.framesDecoded ?? 0;
          sum.freezes += r.freezeCount ?? 0;
          sum.frozen += r.totalFreezesDuration ?? 0;
          sum.width = Math.max(sum.width, r.frameWidth ?? 0);
          sum.videoBytes += r.bytesReceived ?? 0;
          sum.videoPackets += r.packetsReceived ?? 0;
          sum.videoLost += r.packetsLost ?? 0;
          sum.nacks += r.nackCount ?? 0;
          sum.plis += r.pliCount ?? 0;
          if (r.jitterBufferEmittedCount)
            sum.jitterBuffer = Math.max(sum.jitterBuffer, r.jitterBufferDelay / r.jitterBufferEmittedCount);
        }
        if (r.type === 'inbound-rtp' && r.kind === 'audio') {
          sum.samples += r.totalSamplesReceived ?? 0;
          sum.concealed += r.concealedSamples ?? 0;
          sum.silent += r.silentConcealedSamples ?? 0;
          sum.audioPackets += r.packetsReceived ?? 0;
          sum.audioLost += r.packetsLost ?? 0;
          sum.audioBytes += r.bytesReceived ?? 0;
        }
        if (r.type === 'candidate-pair' && r.nominated && r.state === 'succeeded') {
          sum.rtt = Math.max(sum.rtt, r.currentRoundTripTime ?? 0);
          const local = all.get(r.localCandidateId);
          sum.path = local?.candidateType === 'relay' ? `relay-${local.relayProtocol}` : (local?.protocol ?? '');
        }
      }
    }
    return sum;
  },

  /** Looks every 50 ms from now on; answers nothing, `series` fills. */
  watch() {
    const look = async () => {
      const r = await this.received();
      this.series.push([r.at, r.audioPackets, r.frames]);
      setTimeout(look, 50);
    };
    void look();
  },

  /** Leads the looking together and shows a picture every 80 ms for so long. Answers when each was shown, and how many went by the data channel. */
  async lead(seconds) {
    const shown = {};
    this.call.looking.lead(true);
    for (let frame = 1; frame <= seconds * 12.5; frame++) {
      shown[frame] = wall();
      this.call.looking.show({
        study: '1.2',
        series: '1.2.3',
        instance: '1.2.3.4',
        frame,
        zoom: 1,
        rotation: 0,
        flip: [false, false],
        invert: false,
      });
      await new Promise((done) => setTimeout(done, 80));
    }
    let byChannel = 0;
    for (const pc of peers)
      for (const r of (await pc.getStats()).values()) if (r.type === 'data-channel') byChannel += r.messagesSent;
    return { shown, byChannel };
  },

  /** Notes from now on when each picture of the leader is there. */
  follow() {
    this.followed = {};
    this.call.looking.subscribe(() => {
      const frame = this.call.looking.snapshot().look?.frame;
      if (frame) this.followed[frame] ??= wall();
    });
  },

  sent() {
    return Promise.all(peers.filter((pc) => pc.connectionState !== 'closed').map((pc) => pc.getStats())).then((all) => {
      const out = [];
      for (const stats of all) {
        for (const r of stats.values()) {
          if (r.type !== 'outbound-rtp') continue;
          out.push({
            kind: r.kind,
            rid: r.rid,
            width: r.frameWidth,
            fps: r.framesPerSecond,
            bytes: r.bytesSent,
            target: r.targetBitrate,
            limit: r.qualityLimitationReason,
          });
        }
      }
      return out;
    });
  },
};

window.party = party;
