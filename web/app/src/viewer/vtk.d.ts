/** vtk.js has no types for what it keeps to itself. */
declare module '@kitware/vtk.js/Rendering/OpenGL/Texture/supportsNorm16Linear' {
  /** Whether 16-bit textures are filtered linearly; asked once of the graphics card. */
  // biome-ignore lint/style/noDefaultExport: it is theirs
  export default function supportsNorm16Linear(): boolean;
}

declare module '@kitware/vtk.js/Rendering/OpenGL/glsl/vtkVolumeFS.glsl' {
  const source: string;
  // biome-ignore lint/style/noDefaultExport: it is theirs
  export default source;
}
