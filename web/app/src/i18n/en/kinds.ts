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
    colours: { hot: 'Hot iron', rainbow: 'Rainbow' },
  },
};
