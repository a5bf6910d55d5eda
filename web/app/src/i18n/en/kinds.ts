/** Kinds of pictures: uptake, colours, films. */
export const kinds = {
  kinds: {
    noSuv: 'No SUV: {{why}}',
    suvFlaw: {
      units: 'the values are no activity',
      uncorrected: 'not corrected for attenuation or decay',
      decay: 'decay corrected to an unknown time',
      dose: 'the injected dose is missing',
      weight: 'the weight is missing',
      halfLife: 'the half-life is missing',
      injected: 'the time of injection is missing or wrong',
      scanned: 'the time of the scan is missing',
    },
    video: {
      back: 'Previous frame',
      on: 'Next frame',
      speed: 'Speed',
      loop: 'Loop',
      stream: 'Download the video',
      instead: 'It can be downloaded and opened with a player.',
      why: {
        codec: 'This browser cannot decode this video.',
        mpeg2: 'This video is coded as MPEG-2, which browsers do not play.',
        ts: 'This video is in an MPEG transport stream, which browsers do not play.',
        ps: 'This video is in an MPEG program stream, which browsers do not play.',
        bare: 'This video has no container; browsers do not play it so.',
        unknown: 'The form of this video is not known.',
      },
    },
    noSegments: 'The segments here could not be decoded and are not drawn.',
    colours: { hot: 'Hot iron', rainbow: 'Rainbow' },
  },
};
