/** The user stopped the program; what it says is how to go on. Exit code 130. */
export class Interrupted extends Error {
  constructor(message = 'stopped') {
    super(message);
    this.name = new.target.name;
  }
}
