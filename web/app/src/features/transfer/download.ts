/** The browser fetches a file beside the page: a line that is down ends the download, and not the page. */
export function download(url: string): void {
  const link = document.createElement('a');
  link.href = url;
  link.download = '';
  link.click();
}
